//! `COPY` and `ADD` of local files: which files, under which paths, with which owner and mode.

use std::io::Read as _;

use camino::Utf8Path;
use pak_model::{Problem, Result};

use super::super::io;
use super::super::layer::{Item, Items, Kind};
use super::ancestors;
use super::context::Found;
use super::parse::Instruction;
use super::stage::{Stage, join};

/// `--chown` and `--chmod`.
#[derive(Default)]
struct Marks {
    owner: (u64, u64),
    mode: Option<u32>,
}

impl Stage<'_, '_> {
    /// Carries a `COPY` or `ADD` out: one layer.
    pub(super) fn copy(&mut self, instruction: &Instruction) -> Result<()> {
        // Flags come first; what follows may be a JSON list.
        let mut marks = Marks::default();
        let mut rest = instruction.rest.as_str();
        while rest.starts_with("--") {
            let (flag, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            self.mark(instruction, flag, &mut marks)?;
            rest = after.trim_start();
        }
        let mut words = self.words(&Instruction { rest: rest.to_owned(), ..instruction.clone() })?;
        let Some(target) = words.pop().filter(|_| !words.is_empty()) else {
            return Err(self.bad(instruction, format!("{} wants a source and a destination.", instruction.word)));
        };
        let items = self.items(instruction, &words, &target, &marks)?;
        for (path, item) in &items {
            if item.kind == Kind::Folder {
                self.base.folders.insert(path.clone());
            }
        }
        self.add_layer(instruction, &items)
    }

    fn mark(&self, instruction: &Instruction, flag: &str, marks: &mut Marks) -> Result<()> {
        let word = super::words::expand(flag, &|name| self.value(name)).map_err(|what| self.bad(instruction, what))?;
        match word.split_once('=').unwrap_or((word.as_str(), "")) {
            ("--chown", owner) => {
                marks.owner = owner_of(owner).ok_or_else(|| {
                    self.bad(instruction, format!("`{owner}` is not a numeric owner such as 1000:1000; names are only known inside a container."))
                })?;
            }
            ("--chmod", mode) => {
                let bits = u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= 0o7777);
                marks.mode =
                    Some(bits.ok_or_else(|| self.bad(instruction, format!("`{mode}` is not an octal mode.")))?);
            }
            // How layers are joined to the one below changes nothing in their content.
            ("--link", _) => {}
            ("--from", _) => return Err(self.bad(instruction, "copying from another stage or image is not supported.")),
            (other, _) => return Err(self.bad(instruction, format!("`{other}` is not supported."))),
        }
        Ok(())
    }

    fn items(&self, instruction: &Instruction, sources: &[String], target: &str, marks: &Marks) -> Result<Items> {
        let mut found = Vec::new();
        for source in sources {
            if instruction.word == "ADD" && (source.contains("://") || source.starts_with("git@")) {
                return Err(
                    self.bad(instruction, format!("ADD of `{source}` would fetch it; only local files are added."))
                );
            }
            let paths = self.workshop.context.resolve(source).map_err(|problem| self.at(instruction, problem))?;
            if paths.is_empty() {
                return Err(self.bad(
                    instruction,
                    format!(
                        "`{source}` was not found in {}, or .dockerignore leaves it out.",
                        self.workshop.context.root
                    ),
                ));
            }
            found.extend(paths);
        }
        let ends_as_folder = target.ends_with('/') || target == "." || target.ends_with("/.");
        let image_path = join(&self.directory(), target);
        let target = image_path.trim_start_matches('/');
        let into_folder = ends_as_folder || target.is_empty() || self.base.folders.contains(target);
        if found.len() > 1 && !into_folder {
            return Err(self.bad(instruction, "several sources need a destination that ends in `/`."));
        }
        let mut items = Items::new();
        for path in found {
            let context = &self.workshop.context;
            if let Some(file) = context.file(&path).map_err(|problem| self.at(instruction, problem))? {
                self.refuse_archive(instruction, &file)?;
                let place = if into_folder { below(target, &file.inside) } else { target.to_owned() };
                self.put(&mut items, place, file, marks);
            } else {
                for entry in context.tree(&path).map_err(|problem| self.at(instruction, problem))? {
                    let place = below(target, &entry.inside);
                    self.put(&mut items, place, entry, marks);
                }
                let folder = Found { inside: String::new(), kind: Kind::Folder, executable: true };
                self.put(&mut items, target.to_owned(), folder, marks);
            }
        }
        Ok(items)
    }

    /// Adds an item and the folders it lies in, as far as the image does not have them.
    fn put(&self, items: &mut Items, path: String, found: Found, marks: &Marks) {
        for folder in ancestors(&path) {
            if !self.base.folders.contains(folder) {
                let item = Item { kind: Kind::Folder, mode: 0o755, owner: (0, 0) };
                items.entry(folder.to_owned()).or_insert(item);
            }
        }
        let known = found.kind == Kind::Folder && (path.is_empty() || self.base.folders.contains(&path));
        if known {
            return;
        }
        let mode = match (&found.kind, marks.mode) {
            (Kind::Link(_), _) => 0o777,
            (_, Some(mode)) => mode,
            (Kind::File(_), None) if !found.executable => 0o644,
            _ => 0o755,
        };
        items.insert(path, Item { kind: found.kind, mode, owner: marks.owner });
    }

    /// ADD unpacks local archives. That is easily meant, and as easily not.
    fn refuse_archive(&self, instruction: &Instruction, found: &Found) -> Result<()> {
        let (Kind::File(path), "ADD") = (&found.kind, instruction.word.as_str()) else { return Ok(()) };
        if is_archive(path).map_err(|error| io(path, &error))? {
            return Err(self.bad(
                instruction,
                format!("ADD would unpack {path}, which is not supported; COPY takes it as it is."),
            ));
        }
        Ok(())
    }

    /// Names the instruction in a problem of the files it copies.
    fn at(&self, instruction: &Instruction, problem: Problem) -> Problem {
        problem.about("file", self.workshop.file).about("line", instruction.line)
    }
}

fn below(folder: &str, inside: &str) -> String {
    if folder.is_empty() { inside.to_owned() } else { format!("{folder}/{inside}") }
}

fn owner_of(text: &str) -> Option<(u64, u64)> {
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    let number = |word: &str| if word == "root" { Some(0) } else { word.parse::<u32>().ok().map(u64::from) };
    Some((number(user)?, number(group)?))
}

/// Whether a file is something that docker's ADD unpacks: a tar archive, plain or compressed.
fn is_archive(path: &Utf8Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(265).read_to_end(&mut head)?;
    let packed: [&[u8]; 4] = [&[0x1f, 0x8b], b"BZh", &[0xfd, b'7', b'z', b'X', b'Z'], &[0x28, 0xb5, 0x2f, 0xfd]];
    Ok(packed.iter().any(|magic| head.starts_with(magic)) || head.get(257..262) == Some(b"ustar"))
}
