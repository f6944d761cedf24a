//! What programs say they were built of: the build information of Go, and the list `cargo auditable` puts into Rust programs.

use std::io::Read;

use serde::Deserialize;

use super::Options;
use super::ecosystem::Ecosystem;
use super::file::File;
use crate::report::{Certainty, Component, Origin, Scope};

/// No program's list comes near this size.
const MOST_LISTED: u64 = 16 << 20;

/// The components a program names; none for what is no program, or says nothing.
pub(super) fn read(path: &str, bytes: &[u8]) -> Vec<Component> {
    let program = [&b"\x7fELF"[..], b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    if !program.iter().any(|magic| bytes.starts_with(magic)) {
        return Vec::new();
    }
    let Ok(file) = File::new(path, b"", Options::default()) else { return Vec::new() };
    let mut components = go(&file, bytes).unwrap_or_default();
    components.extend(rust(&file, bytes).unwrap_or_default());
    components
}

/// Go 1.18 and later: a mark, then (32 bytes after its beginning) the version and the modules, each with its length.
fn go(file: &File<'_>, bytes: &[u8]) -> Option<Vec<Component>> {
    let begin = memchr::memmem::find(bytes, b"\xff Go buildinf:")?;
    // The second bit says that the texts stand here; older programs have pointers.
    if bytes.get(begin + 15)? & 2 == 0 {
        return None;
    }
    let (version, rest) = counted(bytes.get(begin + 32..)?)?;
    let (modules, _) = counted(rest)?;
    let mut components = Vec::new();
    let version = std::str::from_utf8(version).ok()?.split([' ', '-']).next()?;
    if let Some(version) = version.strip_prefix("go") {
        components.push(file.component(Ecosystem::Go, "stdlib", Some(version)));
    }
    // The list lies between two marks of 16 bytes.
    let modules = modules.get(16..modules.len().checked_sub(16)?)?;
    for line in std::str::from_utf8(modules).ok()?.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words.as_slice() {
            ["dep", path, version, ..] => components.push(file.component(Ecosystem::Go, path, Some(version))),
            ["=>", path, version, ..] => {
                components.pop();
                components.push(file.component(Ecosystem::Go, path, Some(version)));
            }
            // The program itself; from a working copy it has no version.
            ["mod", path, version, ..] => {
                let mut own =
                    file.component(Ecosystem::Go, path, Some(version).filter(|one| **one != "(devel)").copied());
                own.certainty = Certainty::Exact;
                components.push(own);
            }
            _ => {}
        }
    }
    Some(components)
}

/// Bytes after their length as a variable-length number.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut shift) = (0_usize, 0);
    for (place, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return bytes.get(place + 1..)?.split_at_checked(length);
        }
        shift += 7;
    }
    None
}

#[derive(Deserialize)]
struct Audited {
    packages: Vec<AuditedPackage>,
}

#[derive(Deserialize)]
struct AuditedPackage {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    dependencies: Vec<usize>,
}

fn rust(file: &File<'_>, bytes: &[u8]) -> Option<Vec<Component>> {
    let section = elf_section(bytes, b".dep-v0")?;
    let mut json = Vec::new();
    flate2::read::ZlibDecoder::new(section).take(MOST_LISTED).read_to_end(&mut json).ok()?;
    let audited: Audited = serde_json::from_slice(&json).ok()?;
    let mut components: Vec<Component> = audited
        .packages
        .iter()
        .map(|package| {
            let mut component = file.component(Ecosystem::Cargo, &package.name, Some(&package.version));
            component.origin = match package.source.as_str() {
                source if source == super::RUST => Origin::Registry,
                "local" => Origin::Path,
                "git" => Origin::Git,
                _ => Origin::OtherRegistry,
            };
            if package.kind == "build" {
                component.scope = Scope::Development;
            }
            component
        })
        .collect();
    let purls: Vec<String> = components.iter().map(|component| component.purl.clone()).collect();
    for (component, package) in components.iter_mut().zip(&audited.packages) {
        component.dependencies = package.dependencies.iter().filter_map(|place| purls.get(*place).cloned()).collect();
    }
    Some(components)
}

/// A section of a 64-bit little-endian ELF file, by its name.
fn elf_section<'b>(bytes: &'b [u8], wanted: &[u8]) -> Option<&'b [u8]> {
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let number = |at: usize, size: usize| -> Option<usize> {
        let part = bytes.get(at..at.checked_add(size)?)?;
        let value = part.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        usize::try_from(value).ok()
    };
    let (table, size, count, names) = (number(0x28, 8)?, number(0x3a, 2)?, number(0x3c, 2)?, number(0x3e, 2)?);
    let header = |place: usize| table.checked_add(place.checked_mul(size)?);
    let content = |place: usize| {
        let header = header(place)?;
        let (offset, length) = (number(header.checked_add(0x18)?, 8)?, number(header.checked_add(0x20)?, 8)?);
        bytes.get(offset..offset.checked_add(length)?)
    };
    let texts = content(names)?;
    (0..count).find_map(|place| {
        let name = texts.get(number(header(place)?, 4)?..)?;
        (name.split(|byte| *byte == 0).next()? == wanted).then(|| content(place))?
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::inventory::testing::line;

    #[test]
    fn go_programs_name_their_modules() {
        let list = "path\texample.com/app\nmod\texample.com/app\t(devel)\t\ndep\texample.com/a\tv1.0.0\th1:x=\ndep\texample.com/b\tv2.0.0\n=>\texample.com/c\tv2.1.0\th1:y=\n";
        let modules = [&[0_u8; 16][..], list.as_bytes(), &[0; 16]].concat();
        let mut program = b"\x7fELF padding \xff Go buildinf:\x08\x02".to_vec();
        program.extend([0; 16]);
        program.extend(b"\x08go1.22.3");
        program.extend([u8::try_from(modules.len() & 0x7f).unwrap() | 0x80, u8::try_from(modules.len() >> 7).unwrap()]);
        program.extend(modules);
        assert_eq!(
            read("app", &program).iter().map(line).collect::<Vec<_>>(),
            [
                "pkg:golang/stdlib@v1.22.3",
                "pkg:golang/example.com/app",
                "pkg:golang/example.com/a@v1.0.0",
                "pkg:golang/example.com/c@v2.1.0",
            ]
        );
        for end in 0..program.len() {
            let _ = read("app", &program[..end]);
        }
    }

    #[test]
    fn audited_rust_programs_name_their_crates() {
        let list = format!(
            r#"{{"packages":[{{"name":"app","version":"0.1.0","source":"local","dependencies":[1],"root":true}},{{"name":"a","version":"1.0.0","source":"{}"}}]}}"#,
            crate::inventory::RUST
        );
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(list.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let names = b"\0.dep-v0\0.shstrtab\0";
        let mut program = b"\x7fELF\x02\x01".to_vec();
        program.resize(0x40, 0);
        let at = |offset: usize, length: usize, name: u32| {
            let mut header = vec![0_u8; 0x40];
            header[..4].copy_from_slice(&name.to_le_bytes());
            header[0x18..0x20].copy_from_slice(&(offset as u64).to_le_bytes());
            header[0x20..0x28].copy_from_slice(&(length as u64).to_le_bytes());
            header
        };
        let (names_at, packed_at) = (0x40, 0x40 + names.len());
        let table = packed_at + packed.len();
        program[0x28..0x30].copy_from_slice(&(table as u64).to_le_bytes());
        program[0x3a..0x40].copy_from_slice(&[0x40, 0, 2, 0, 0, 0]);
        program.extend(names);
        program.extend(&packed);
        program.extend(at(names_at, names.len(), 9));
        program.extend(at(packed_at, packed.len(), 1));
        let components = read("app", &program);
        assert_eq!(components.iter().map(line).collect::<Vec<_>>(), ["pkg:cargo/app@0.1.0 path", "pkg:cargo/a@1.0.0"]);
        assert_eq!(components[0].dependencies, ["pkg:cargo/a@1.0.0"]);
        for end in 0..program.len() {
            let _ = read("app", &program[..end]);
        }
    }
}
