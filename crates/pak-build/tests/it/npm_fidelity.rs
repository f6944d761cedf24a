//! Packs many small trees and compares files and modes with what the real `npm pack` says of the same trees.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pak_build::{BuildRequest, ImageSettings};
use pak_model::{Artifact, Details, Ecosystem, Package, Problem, code};
use pak_testing::Client;
use pak_testing::project::Folder;
use pak_testing::tools::Tool;
use serde_json::Value;

/// A tree: what it is about, fields of package.json, and its files.
///
/// Files are separated by spaces: `path`, `path<content` (`|` for a new line), `path+x` (executable), `path->target` (a link).
type Tree = (&'static str, &'static str, &'static str);

/// Names that have rules of their own, in the root and below.
const ODDITIES: &str = "index.js .npmrc .gitkeep .env .DS_Store a.orig .x.swp ._y npm-debug.log .lock-wscript .wafpickle-1 build/config.gypi \
    build/a.js archived-packages/x CVS/a .svn/a .hg/a .git/config package-lock.json yarn.lock pnpm-lock.yaml bun.lockb bun.lock \
    npm-shrinkwrap.json node_modules/x/index.js lib/.npmrc lib/.DS_Store lib/a.orig lib/.x.swp lib/._y/z lib/npm-debug.log \
    lib/.git/config lib/CVS/a lib/node_modules/y/index.js lib/package-lock.json lib/yarn.lock lib/README.md lib/build/config.gypi \
    lib/.lock-wscript README.md README LICENSE.txt licence COPYING.rst Readme.md~ readme.txt$ HISTORY.md CHANGELOG.md NOTICE LICENSES \
    license-mit README-de.md lib/LICENSE";

const LIB: &str = "index.js a.js lib/a.js lib/b.ts lib/deep/c.js lib/deep/d.test.js src/a.ts src/deep/b.ts test/a.js README.md docs/x.md";

const TREES: &[Tree] = &[
    ("nothing but a manifest", "", ""),
    ("everything by default", "", LIB),
    ("names with rules", "", ODDITIES),
    ("names with rules, all of them listed", r#""files":["**"]"#, ODDITIES),
    ("names with rules, by star", r#""files":["*"]"#, ODDITIES),
    (
        "names with rules, listed one by one",
        r#""files":[".npmrc","package-lock.json","a.orig",".DS_Store","node_modules","lib/.npmrc",".git/config","npm-debug.log","lib/a.orig"]"#,
        ODDITIES,
    ),
    ("a folder is listed", r#""files":["lib"]"#, LIB),
    ("a folder with a slash", r#""files":["lib/"]"#, LIB),
    ("a folder with a slash in front", r#""files":["/lib"]"#, LIB),
    ("a folder with a dot in front", r#""files":["./lib"]"#, LIB),
    ("the files of a folder", r#""files":["lib/*"]"#, LIB),
    ("files by ending at any depth", r#""files":["*.ts"]"#, LIB),
    ("files by ending in one folder", r#""files":["lib/*.js"]"#, LIB),
    ("files by ending below a folder", r#""files":["lib/**/*.js"]"#, LIB),
    ("a deep folder", r#""files":["lib/deep"]"#, LIB),
    ("a deep file", r#""files":["lib/deep/c.js"]"#, LIB),
    ("a file in a first folder", r#""files":["lib/a.js"]"#, "index.js lib/a.js lib/x/a.js lib/.npmignore<a.js"),
    ("a bare name that lies in several folders", r#""files":["a.js"]"#, LIB),
    ("a bare folder name that lies deep", r#""files":["deep"]"#, LIB),
    ("a file that is not there", r#""files":["nope.js","lib"]"#, LIB),
    ("an empty list", r#""files":[]"#, LIB),
    ("a dot for everything", r#""files":["."]"#, LIB),
    ("a dot and a slash", r#""files":["./"]"#, LIB),
    ("braces", r#""files":["{lib,src}/**/*.{js,ts}"]"#, LIB),
    ("a range in braces", r#""files":["v{1..2}"]"#, "v1/a v2/a v3/a"),
    ("a class", r#""files":["lib/[a-b].*"]"#, LIB),
    ("an extended pattern", r#""files":["lib/!(*.test).js","lib/**/!(*.test).js"]"#, LIB),
    ("another extended pattern", r#""files":["+(a|index).js"]"#, LIB),
    ("a file taken out again", r#""files":["lib","!lib/a.js"]"#, LIB),
    ("a folder taken out again", r#""files":["lib","!lib/deep"]"#, LIB),
    ("a pattern taken out again", r#""files":["lib","!**/*.test.js"]"#, LIB),
    ("a pattern taken out first", r#""files":["!**/*.test.js","lib"]"#, LIB),
    ("taken out and in again", r#""files":["lib","!lib/deep","lib/deep/c.js"]"#, LIB),
    ("everything but", r#""files":["**","!test","!src/**"]"#, LIB),
    ("only taking out", r#""files":["!test"]"#, LIB),
    ("main outside of the list", r#""files":["lib"],"main":"a.js""#, LIB),
    ("main with a dot", r#""files":["lib"],"main":"./src/a.ts""#, LIB),
    ("main without its ending", r#""files":["lib"],"main":"a""#, LIB),
    ("main is a folder", r#""files":["src"],"main":"lib""#, LIB),
    ("main against an ignore file", r#""main":"dist/index.js""#, "dist/index.js dist/b.js .npmignore<dist"),
    ("browser outside of the list", r#""files":["lib"],"browser":"src/a.ts""#, LIB),
    ("browser as a map", r#""files":["lib"],"browser":{"./a.js":"./src/a.ts"}"#, LIB),
    ("a program", r#""files":["lib"],"bin":"bin/cli.js""#, "lib/a.js bin/cli.js bin/other.js"),
    ("programs in a map", r#""bin":{"a":"./a.js","b":"lib/b.js"}"#, "a.js lib/b.js c.js"),
    ("programs in a folder", r#""files":["lib"],"directories":{"bin":"./bin"}"#, "lib/a.js bin/cli.js bin/sub/x.js"),
    ("an executable file that is no program", "", "run.sh+x a.js"),
    ("a program that leaves the package", r#""bin":"../../a.js""#, "a.js b.js"),
    (
        "types and exports are not taken in",
        r#""files":["lib"],"types":"src/a.ts","exports":"./a.js","module":"src/deep/b.ts""#,
        LIB,
    ),
    ("an ignore file", "", "index.js a.txt lib/a.txt lib/b.js .npmignore<*.txt"),
    ("an ignore file with a root path", "", "a.txt lib/a.txt .npmignore</a.txt"),
    ("an ignore file with a folder", "", "build/a lib/build/a x/build .npmignore<build/"),
    ("an ignore file taking in again", "", "a.txt b.txt lib/b.txt .npmignore<*.txt|!b.txt"),
    ("taking in inside a folder that is out", "", "lib/a.txt lib/b.txt .npmignore<lib|!lib/b.txt"),
    ("taking in inside a folder whose files are out", "", "lib/a.txt lib/b.txt .npmignore<lib/*|!lib/b.txt"),
    ("comments and blanks", "", "a.txt b.txt #c.txt .npmignore<#comment||a.txt|\\#c.txt"),
    ("Windows line ends", "", "a.txt b.txt .npmignore<a.txt\r|b.txt\r"),
    ("two stars", "", "a/x/b a/b a/x/y/b c .npmignore<a/**/b"),
    ("a .gitignore counts", "", "index.js dist/a.js .gitignore<dist"),
    ("a .npmignore silences the .gitignore", "", "index.js dist/a.js tmp/a .gitignore<dist .npmignore<tmp"),
    ("an empty .npmignore does too", "", "index.js dist/a.js .gitignore<dist .npmignore<"),
    ("the list silences both", r#""files":["dist","tmp"]"#, "index.js dist/a.js tmp/a .gitignore<dist .npmignore<tmp"),
    (
        "ignore files below a listed folder",
        r#""files":["lib"]"#,
        "lib/a.js lib/b.js lib/sub/c.js lib/.npmignore<b.js lib/sub/.gitignore<*",
    ),
    ("ignore files in folders", "", "lib/a.js lib/b.js lib/.npmignore</b.js src/a.js src/b.js src/.gitignore<b.js"),
    ("both in a folder", "", "lib/a.js lib/b.js lib/.npmignore<a.js lib/.gitignore<b.js"),
    ("a folder takes in what the root left out", "", "lib/a.js lib/b.js .npmignore<lib/a.js lib/.npmignore<!a.js"),
    ("a folder's rule by path", "", "lib/x/a.js lib/y/a.js lib/.npmignore<x/a.js"),
    ("a .gitignore below a .npmignore", "", "lib/a.js lib/b.js c.js .npmignore<c.js lib/.gitignore<b.js"),
    ("a readme cannot be left out", "", "README.md LICENSE COPYING index.js .npmignore<*"),
    (
        "a readme is in beside a list",
        r#""files":["lib"]"#,
        "README.md readme.txt License LICENCE.md copying lib/a lib/README CHANGELOG.md docs/README.md",
    ),
    ("a readme that is a folder", r#""files":["lib"]"#, "readme/a license.d/b lib/a"),
    ("case does not count", r#""files":["LIB"]"#, "lib/a.js Lib2/a.js"),
    ("case does not count in ignore files", "", "Build/a.js b.TXT .npmignore<build|*.txt"),
    ("links are left out", "", "a.js b.js->a.js lib/c.js lib2->lib"),
    ("empty folders are left out", "", "a.js empty/ lib/also/"),
    ("names with spaces and signs", "", "a(b).js a{b}.js a[b].js ü.js a&b.js 日本.js -x.js @x/y.js"),
    ("a star in a name", "", "a*.js b.js"),
    ("escaped signs", "", "a[b].js ab.js .npmignore<a\\[b\\].js"),
    (
        "a folder of the package manager's name below",
        r#""files":["lib"]"#,
        "lib/node_modules/a/index.js lib/node_modules/.bin/x lib/a",
    ),
    (
        "modules in the root stay out whatever is said",
        r#""files":["node_modules/a","lib"],"main":"node_modules/a/index.js""#,
        "node_modules/a/index.js node_modules/a/b.js lib/a",
    ),
    (
        "bundled",
        r#""dependencies":{"a":"1"},"bundleDependencies":["a"]"#,
        r#"index.js node_modules/a/package.json<{"name":"a","version":"1.0.0","dependencies":{"b":"1"}} node_modules/a/i.js node_modules/a/.DS_Store node_modules/a/.npmignore<i.js node_modules/b/package.json<{"name":"b","version":"1.0.0","files":["x"]} node_modules/b/x node_modules/b/y node_modules/c/package.json<{"name":"c","version":"1.0.0"}"#,
    ),
    (
        "bundled by the other spelling, nested",
        r#""files":["lib"],"dependencies":{"@s/a":"1"},"bundledDependencies":["@s/a"]"#,
        r#"lib/x node_modules/@s/a/package.json<{"name":"@s/a","version":"1.0.0","dependencies":{"b":"1"}} node_modules/@s/a/i.js node_modules/@s/a/node_modules/b/package.json<{"name":"b","version":"1.0.0"} node_modules/@s/a/node_modules/b/deep/.gitignore<z node_modules/@s/a/node_modules/b/deep/z node_modules/@s/a/node_modules/b/deep/.DS_Store"#,
    ),
    (
        "bundled: all",
        r#""dependencies":{"a":"1"},"optionalDependencies":{"o":"1"},"devDependencies":{"d":"1"},"bundleDependencies":true"#,
        r#"node_modules/a/package.json<{"name":"a","version":"1.0.0"} node_modules/o/package.json<{"name":"o","version":"1.0.0"} node_modules/d/package.json<{"name":"d","version":"1.0.0"}"#,
    ),
    (
        "bundled: none",
        r#""dependencies":{"a":"1"},"bundleDependencies":false"#,
        r#"node_modules/a/package.json<{"name":"a","version":"1.0.0"}"#,
    ),
    (
        "bundled: not a dependency",
        r#""devDependencies":{"a":"1"},"bundleDependencies":["a","zz"]"#,
        r#"node_modules/a/package.json<{"name":"a","version":"1.0.0"}"#,
    ),
    (
        "bundled in a circle",
        r#""dependencies":{"a":"1"},"bundleDependencies":["a"]"#,
        r#"node_modules/a/package.json<{"name":"a","version":"1.0.0","dependencies":{"b":"1"}} node_modules/b/package.json<{"name":"b","version":"1.0.0","dependencies":{"a":"1"}} node_modules/b/x"#,
    ),
    (
        "a workspace root",
        r#""workspaces":["packages/*"]"#,
        r#"index.js packages/p/package.json<{"name":"p","version":"1.0.0","files":["x"]} packages/p/x packages/p/y packages/p/.npmignore<x packages/q/a packages/q/.npmignore<a"#,
    ),
    (
        "a package below that is no member",
        "",
        r#"sub/package.json<{"name":"s","files":["x"]} sub/x sub/y sub/.npmignore<x"#,
    ),
    ("a byte order mark", "", "a.js"),
];

/// Members of a workspace, packed from its root by name: rules of the folders above count.
const MEMBERS: &[Tree] = &[
    ("rules of the root", "", "a.js dist/b.js tmp/c ../../.gitignore<dist"),
    ("rules of the root against a list", r#""files":["dist"]"#, "a.js dist/b.js ../../.gitignore<dist"),
    ("rules of the root against an own ignore file", "", "a.js dist/b.js tmp/c .npmignore<tmp ../../.gitignore<dist"),
    (
        "rules of the folder between",
        "",
        "a.js b.js c.js ../.npmignore<b.js ../.gitignore<a.js ../../.npmignore<c.js ../../.gitignore<a.js",
    ),
];

fn write(root: &Utf8Path, name: &str, (about, fields, files): &Tree) {
    std::fs::create_dir_all(root).unwrap();
    let comma = if fields.is_empty() { "" } else { "," };
    let mark = if about.contains("byte order") { "\u{feff}" } else { "" };
    std::fs::write(root.join("package.json"), format!(r#"{mark}{{"name":"{name}","version":"1.0.0"{comma}{fields}}}"#))
        .unwrap();
    for file in files.split_whitespace() {
        if let Some((link, target)) = file.split_once("->") {
            #[cfg(unix)]
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            let _ = (link, target);
            continue;
        }
        let (path, content) = file.split_once('<').unwrap_or((file, "x"));
        let (path, executable) = path.strip_suffix("+x").map_or((path, false), |path| (path, true));
        let place = root.join(path);
        std::fs::create_dir_all(if path.ends_with('/') { &place } else { place.parent().unwrap() }).unwrap();
        if !path.ends_with('/') {
            std::fs::write(&place, content.replace('|', "\n").replace("\\r", "\r")).unwrap();
        }
        #[cfg(unix)]
        if executable {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let _ = executable;
    }
}

fn request(project: &Utf8Path, directory: &str, output: &Utf8Path) -> BuildRequest {
    let package = Package {
        id: "js".to_owned(),
        ecosystem: Ecosystem::Npm,
        name: "case".to_owned(),
        version: Some("1.0.0".to_owned()),
        directory: directory.to_owned(),
        manifest: format!("{directory}/package.json"),
        withheld: None,
        depends_on: Vec::new(),
        about: pak_model::package::About::default(),
    };
    BuildRequest {
        project: project.to_owned(),
        package,
        output: output.to_owned(),
        env: pak_testing::tools::env(),
        source_date_epoch: None,
        prebuilt: Vec::new(),
        image: ImageSettings::default(),
        run_scripts: false,
    }
}

fn build(request: &BuildRequest) -> Result<Artifact, Problem> {
    let mut artifacts = pak_build::build(request)?;
    assert_eq!(artifacts.len(), 1);
    Ok(artifacts.remove(0))
}

type Listing = BTreeMap<String, u32>;

/// Files and modes of a tarball.
fn listing(path: &Utf8Path) -> Listing {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()));
    let mut listing = Listing::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.header().mtime().unwrap(), 499_162_500);
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mode = entry.header().mode().unwrap();
        assert!(listing.insert(path.strip_prefix("package/").expect("a prefix").to_owned(), mode).is_none());
    }
    listing
}

/// Files and modes as `npm pack --json` tells them, by package name.
fn told(json: &str) -> BTreeMap<String, Listing> {
    let packages: Value = serde_json::from_str(json).expect("npm answers JSON");
    let listing = |package: &Value| {
        let files = package["files"].as_array().unwrap().iter();
        files
            .map(|file| {
                (file["path"].as_str().unwrap().to_owned(), u32::try_from(file["mode"].as_u64().unwrap()).unwrap())
            })
            .collect()
    };
    packages
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), listing(package)))
        .collect()
}

fn compare((about, fields, _): &Tree, ours: &Listing, theirs: &Listing, wrong: &mut Vec<String>) {
    // npm means to make every program executable, but compares paths without their first folder, so it marks only those in the
    // root; installers mark the rest. Ours are marked wherever they lie.
    let is_program = |path: &str| {
        fields.contains(&format!("{path}\"")) || fields.contains("directories") && path.starts_with("bin/")
    };
    let marked = |(path, mode): (&String, &u32)| (path.clone(), if is_program(path) { mode | 0o111 } else { *mode });
    let theirs = &theirs.iter().map(marked).collect::<Listing>();
    let ours = &ours.iter().map(marked).collect::<Listing>();
    if ours == theirs {
        return;
    }
    let only = |a: &Listing, b: &Listing| -> Vec<String> {
        a.iter()
            .filter(|(path, mode)| b.get(*path) != Some(*mode))
            .map(|(path, mode)| format!("{path} {mode:o}"))
            .collect()
    };
    wrong.push(format!("{about}:\n    only ours: {:?}\n    only npm's: {:?}", only(ours, theirs), only(theirs, ours)));
}

#[test]
fn selection_is_npms() {
    let Some(npm) = Client::find(Tool::Npm) else { return };
    let folder = Folder::new();
    let names: Vec<String> = (0..TREES.len()).map(|number| format!("case-{number:03}")).collect();
    for (name, tree) in names.iter().zip(TREES) {
        write(&folder.join(name), name, tree);
    }
    let npm = npm.directory(folder.path());
    // Several calls side by side: most of a call is npm's own start.
    let theirs: BTreeMap<String, Listing> = std::thread::scope(|scope| {
        let chunks = names.chunks(names.len().div_ceil(3));
        let calls: Vec<_> = chunks
            .map(|chunk| {
                let client = Client::of(Tool::Npm.find().unwrap()).directory(folder.path());
                scope.spawn(move || {
                    let mut arguments: Vec<String> =
                        ["pack", "--dry-run", "--json", "--ignore-scripts"].map(str::to_owned).into();
                    arguments.extend(chunk.iter().map(|name| format!("./{name}")));
                    told(&client.succeed(&arguments))
                })
            })
            .collect();
        calls.into_iter().flat_map(|call| call.join().unwrap()).collect()
    });
    drop(npm);
    let mut wrong = Vec::new();
    for (name, tree) in names.iter().zip(TREES) {
        let about = tree.0;
        let root = folder.join(name);
        let artifact = build(&request(&root, ".", &folder.join(&format!("out/{name}"))))
            .unwrap_or_else(|problem| panic!("{about}: {problem:?}"));
        compare(tree, &listing(&artifact.path), &theirs[name], &mut wrong);
    }
    assert!(wrong.is_empty(), "{} of {} trees differ:\n{}", wrong.len(), TREES.len(), wrong.join("\n"));
}

#[test]
fn selection_of_workspace_members_is_npms() {
    let Some(npm) = Client::find(Tool::Npm) else { return };
    let folder = Folder::new();
    let mut wrong = Vec::new();
    for (number, tree) in MEMBERS.iter().enumerate() {
        let root = folder.join(&format!("w{number}"));
        write(&root, "root", &("", r#""private":true,"workspaces":["packages/*"]"#, ""));
        write(&root.join("packages/member"), "member", tree);
        let client = Client::of(Tool::Npm.find().unwrap()).directory(&root);
        let theirs = told(&client.succeed(&["pack", "--dry-run", "--json", "--ignore-scripts", "-w", "member"]));
        let artifact = build(&request(&root, "packages/member", &folder.join(&format!("out{number}")))).unwrap();
        compare(tree, &listing(&artifact.path), &theirs["member"], &mut wrong);
    }
    drop(npm);
    assert!(wrong.is_empty(), "{} of {} members differ:\n{}", wrong.len(), MEMBERS.len(), wrong.join("\n"));
}

fn packed(tree: &Tree) -> (Folder, Result<Artifact, Problem>) {
    let folder = Folder::new();
    write(&folder.join("p"), "@scope/case", tree);
    let artifact = build(&request(&folder.join("p"), ".", &folder.join("out")));
    (folder, artifact)
}

#[test]
fn two_packs_are_the_same_bytes() {
    let tree = ("", r#""bin":"cli.js""#, "cli.js lib/a.js lib/b.js run.sh+x README.md");
    let (_one, first) = packed(&tree);
    let (_two, second) = packed(&tree);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.digests, second.digests);
    assert_eq!(first.id, "scope-case-1.0.0.tgz");
}

#[test]
fn finished_tarballs_are_read_back() {
    let fields = r#""main":"dist/index.js","types":"./index.d.ts","bin":"cli.js","exports":{".":{"import":"./gone.mjs"},"./x/*":"./x/*"}"#;
    let (_folder, artifact) = packed(&("", fields, "cli.js readme.txt README.md<#Hello"));
    let artifact = artifact.unwrap();
    let Details::Npm(details) = &artifact.details else { panic!("npm details") };
    assert_eq!(details.readme.as_deref(), Some("#Hello"));
    assert_eq!(details.readme_filename.as_deref(), Some("README.md"));
    assert_eq!(details.file_count, 4);
    assert_eq!(details.manifest["name"], "@scope/case");
    assert_eq!(details.missing, ["main: dist/index.js", "types: ./index.d.ts", "exports: ./gone.mjs"]);
    assert_eq!(artifact.size, std::fs::metadata(&artifact.path).unwrap().len());
}

#[test]
#[cfg(unix)]
fn links_out_of_the_package_are_named() {
    let (_folder, artifact) = packed(&("", "", "a.js secret->/etc/hostname"));
    let problem = artifact.unwrap_err();
    assert_eq!(problem.code(), code::build::LINK_REFUSED);
    assert!(problem.named("file").is_some_and(|file| file.ends_with("p/secret")), "{problem:?}");
    let (_folder, artifact) = packed(&("", r#""files":["a.js"]"#, "a.js secret->/etc/hostname"));
    assert!(artifact.is_ok(), "what is left out anyway harms nobody");
}

#[test]
fn prebuilt_tarballs_are_taken_as_they_are() {
    let (folder, made) = packed(&("", "", "a.js"));
    let made = made.unwrap();
    let mut request = request(folder.path(), ".", &folder.join("unused"));
    request.prebuilt = vec!["out/*.tgz".to_owned()];
    assert_eq!(build(&request).unwrap().digests, made.digests);
    std::fs::copy(&made.path, folder.join("out/second.tgz")).unwrap();
    assert_eq!(build(&request).unwrap_err().code(), code::build::ARTIFACT_INVALID, "one tarball is one release");
}

#[test]
fn hostile_tarballs_are_refused() {
    let folder = Folder::new();
    let write = |name: &str, members: &[(&[u8], &[u8])], end: &[u8]| -> Utf8PathBuf {
        let mut archive = Vec::new();
        for (path, content) in members {
            let mut header = tar::Header::new_ustar();
            header.as_mut_bytes()[..path.len()].copy_from_slice(path);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_cksum();
            archive.extend_from_slice(header.as_bytes());
            archive.extend_from_slice(content);
            archive.resize(archive.len().next_multiple_of(512), 0);
        }
        archive.extend_from_slice(end);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &archive).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, encoder.finish().unwrap()).unwrap();
        path
    };
    let manifest: (&[u8], &[u8]) = (b"package/package.json", br#"{"name":"a","version":"1.0.0"}"#);
    let end = [0; 1024];
    assert!(pak_build::npm::inspect(&write("good.tgz", &[manifest], &end), "js").is_ok());
    let cases: &[(&str, Utf8PathBuf)] = &[
        ("a path that leaves", write("up.tgz", &[manifest, (b"package/../../x", b"x")], &end)),
        ("an absolute path", write("absolute.tgz", &[manifest, (b"/etc/x", b"x")], &end)),
        ("a name that is not UTF-8", write("name.tgz", &[manifest, (b"package/\xff", b"x")], &end)),
        ("no manifest", write("none.tgz", &[(b"package/a", b"x")], &end)),
        ("a manifest that is no JSON", write("json.tgz", &[(b"package/package.json", b"{")], &end)),
        ("a manifest that is no object", write("list.tgz", &[(b"package/package.json", b"[]")], &end)),
        ("damaged headers", write("damaged.tgz", &[manifest], &[7; 1024])),
    ];
    for (about, path) in cases {
        assert!(pak_build::npm::inspect(path, "js").is_err(), "{about}");
    }
    let huge = write("huge.tgz", &[(b"package/package.json", &vec![b' '; 9 << 20])], &end);
    assert!(pak_build::npm::inspect(&huge, "js").is_err(), "a manifest of nine megabytes");
    std::fs::write(folder.join("text.tgz"), "not gzip").unwrap();
    let problem = pak_build::npm::inspect(&folder.join("text.tgz"), "js").unwrap_err();
    assert_eq!(problem.code(), code::build::ARTIFACT_INVALID, "{problem:?}");
}

#[test]
fn programs_are_executable_wherever_they_lie() {
    let (_folder, artifact) = packed(&("", r#""bin":{"a":"./a.js","b":"bin/b.js"}"#, "a.js bin/b.js bin/c.js"));
    let modes = listing(&artifact.unwrap().path);
    assert_eq!((modes["a.js"], modes["bin/b.js"], modes["bin/c.js"]), (0o755, 0o755, 0o644));
}
