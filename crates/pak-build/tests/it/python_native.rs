//! What is built without Python must be what the real flit builds: the same members with the same bytes.

use std::collections::BTreeMap;
use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use pak_build::{BuildRequest, ImageSettings, python};
use pak_model::{ArtifactKind, Details, Ecosystem, Package};
use pak_testing::tools::{require_or_skip, tools_folder};
use pak_testing::{Client, Project, Tool};

/// Builds the sdist, and the wheel from the unpacked sdist, as `python -m build` does.
const REFERENCE: &str = "
import importlib, os, sys, tarfile
out, backend = sys.argv[1:]
backend = importlib.import_module(backend)
name = backend.build_sdist(out)
with tarfile.open(os.path.join(out, name)) as archive:
    archive.extractall(os.path.join(out, 'sources'))
os.chdir(os.path.join(out, 'sources', name[:-len('.tar.gz')]))
backend.build_wheel(out)
";

/// Members by path: whether executable, bytes.
type Members = BTreeMap<String, (bool, Vec<u8>)>;

fn members(path: &Utf8Path) -> Members {
    let file = std::fs::File::open(path).unwrap();
    let mut members = Members::new();
    if path.extension() == Some("whl") {
        let mut archive = zip::ZipArchive::new(file).unwrap();
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            let mode = member.unix_mode().unwrap();
            assert!(
                members.insert(member.name().unwrap().into_owned(), (mode & 0o111 != 0, bytes)).is_none(),
                "a member twice"
            );
        }
    } else {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let executable = entry.header().mode().unwrap() & 0o111 != 0;
            members.insert(entry.path().unwrap().to_str().unwrap().to_owned(), (executable, bytes));
        }
    }
    members
}

fn request(project: &Utf8Path, output: Utf8PathBuf) -> BuildRequest {
    BuildRequest {
        project: project.to_owned(),
        package: Package {
            id: "py".into(),
            ecosystem: Ecosystem::Python,
            name: "x".into(),
            version: None,
            directory: ".".into(),
            manifest: "pyproject.toml".into(),
            withheld: None,
            depends_on: Vec::new(),
            about: pak_model::package::About::default(),
        },
        output,
        env: pak_testing::tools::env(),
        source_date_epoch: Some(1_700_000_000),
        prebuilt: Vec::new(),
        image: ImageSettings::default(),
        run_scripts: false,
    }
}

/// Archives of a folder by file name.
fn archives(folder: &Utf8Path) -> BTreeMap<String, Members> {
    let files = folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path());
    let archives = files.filter(|path| path.is_file());
    archives.map(|path| (path.file_name().unwrap().to_owned(), members(&path))).collect()
}

/// Builds a project both ways and compares.
fn compare(label: &str, project: &Project, backend: &str, variables: &[(&str, &str)]) {
    assert_eq!(python::needs_python(project.path()).unwrap(), None, "{label}: is built without Python");
    let (own, reference) = (Project::new(), Project::new());
    let artifacts = python::build(&request(project.path(), own.path().to_owned())).unwrap();
    assert_eq!(artifacts.len(), 2, "{label}");
    let mut client = Client::of(Tool::Python.find().unwrap()).directory(project.path());
    for (name, value) in variables {
        client = client.env(name, value);
    }
    client.succeed(&["-B", "-c", REFERENCE, reference.path().as_str(), backend]);
    let (ours, theirs) = (archives(own.path()), archives(reference.path()));
    let names = |archives: &BTreeMap<String, Members>| archives.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "{label}");
    for (archive, theirs) in &theirs {
        let ours = &ours[archive];
        let paths = |members: &Members| members.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(ours), paths(theirs), "{label}: members of {archive}");
        for (path, (executable, bytes)) in theirs {
            let (own_executable, own_bytes) = &ours[path];
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(text(own_bytes), text(bytes), "{label}: {path} of {archive}");
            assert_eq!(own_bytes, bytes, "{label}: {path} of {archive}");
            assert_eq!(own_executable, executable, "{label}: mode of {path} of {archive}");
        }
    }
}

/// The same tree for both lines of flit; `{flit}` stands for the requirement.
fn compare_with_flit(label: &str, tree: &str, prepare: impl Fn(&Project)) {
    let Some(flit_3) =
        require_or_skip("flit 3", tools_folder().map(|folder| folder.join("flit-3")).filter(|f| f.is_dir()))
    else {
        return;
    };
    if Tool::Python.require_or_skip().is_none() {
        return;
    }
    for (requirement, variables) in
        [("flit_core >=3.11,<5", &[][..]), ("flit_core >=3.2,<4", &[("PYTHONPATH", flit_3.as_str())][..])]
    {
        let project = Project::from_text(&tree.replace("{flit}", requirement));
        prepare(&project);
        let variables: Vec<(&str, &str)> =
            variables.iter().copied().chain([("SOURCE_DATE_EPOCH", "1700000000")]).collect();
        compare(&format!("{label} with {requirement}"), &project, "flit_core.buildapi", &variables);
    }
}

const SYSTEM: &str =
    "-- pyproject.toml --\n[build-system]\nrequires = ['{flit}']\nbuild-backend = 'flit_core.buildapi'\n";

#[test]
fn flit_a_package_with_everything() {
    let tree = format!(
        r#"{SYSTEM}
[project]
name = "Every-Thing.x"
version = "1.0-RC1.POST2"
description = "Does\nseveral things"
readme = "README.md"
requires-python = ">=3.8, !=3.9.0"
license = "mit OR (apache-2.0 AND BSD-3-Clause)"
license-files = ["LICEN[CS]E*", "third/**/*.txt"]
authors = [
    {{ name = "A. Person, PhD", email = "a.person+x@example.org" }},
    {{ name = "Bärbel \"B\" \\ X", email = "b@example.org" }},
    {{ name = "No Address" }},
    {{ email = "only@example.org" }},
]
maintainers = [{{ name = "One" }}, {{ name = "Two" }}]
keywords = ["one", "two three", "vier"]
classifiers = ["Programming Language :: Python :: 3", "Topic :: Utilities"]
dependencies = ["requests[Socks_5,b.c] >=2 ; python_version > '3'", "tomli"]

[project.optional-dependencies]
Test_X = ["pytest >=7", "x[A_b]; os_name == 'nt'"]
doc = ["sphinx"]

[project.urls]
"Z last" = "https://example.org/z"
Home = "https://example.org/?a=1,2"

[project.scripts]
zz = "everything:main"
aa = "everything.cli:main"
[project.gui-scripts]
win = "everything:main"
[project.entry-points."some.group"]
n = "everything"

[tool.flit.module]
name = "everything"
[tool.x]
y = 1
-- README.md --
# Every thing

Wörds — and 🦀.
-- LICENSE --
MIT
-- third/a/b/x.txt --
x
-- third/y.txt --
y
-- everything/__init__.py --
"""Every thing."""
-- everything/b.py --
-- everything/a/__init__.py --
-- everything/a/data.json --
{{}}
-- everything/.hidden --
h
-- everything/py.typed --
-- everything/run.sh --
#!/bin/sh
-- tests/test_it.py --
"#
    );
    compare_with_flit("everything", &tree, |project| {
        project.write("everything/__pycache__/b.cpython-311.pyc", b"\0").write("everything/b.pyc", b"\0");
        project.write("everything/binary.bin", [0, 255, 13, 10, 0]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = project.join("everything/run.sh");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o775)).unwrap();
        }
    });
}

#[test]
fn flit_one_module_in_src() {
    let tree = format!(
        "{SYSTEM}[project]\nname = 'one-module'\nversion = '2024.01'\ndescription = ''\n\
         readme = {{ text = 'Line one\\n\\nLine three', content-type = 'text/x-rst; charset=UTF-8' }}\n\
         license = {{ file = 'legal/TERMS' }}\n-- legal/TERMS --\nterms\n-- LICENCE.rst --\nx\n-- COPYING --\ny\n\
         -- src/one_module.py --\n\"\"\"One.\"\"\"\n-- NOTICE --\nn\n-- AUTHORS.md --\na\n"
    );
    compare_with_flit("one module", &tree, |_| {});
}

#[test]
fn flit_a_namespace_package_with_data_and_patterns() {
    let tree = format!(
        "{SYSTEM}[project]\nname = 'space.inner'\nversion = '0.1.dev3'\ndescription = 'x'\nrequires-python = '~=3.7'\n\
         readme = {{ file = 'docs/readme.txt', content-type = 'text/plain' }}\nlicense = {{ text = 'own' }}\n\
         [tool.flit.sdist]\ninclude = ['docs/', 'tests/**/*.py', 'extra-[0-9].txt', '.config', 'CHANGES*']\n\
         exclude = ['docs/private', 'tests/skip/**', 'space/inner/left_out.py', '**/*.tmp']\n\
         [tool.flit.external-data]\ndirectory = 'data'\n\
         -- docs/readme.txt --\nread\n-- docs/private/secret.txt --\nno\n-- docs/guide/.hidden --\nyes\n-- docs/a.tmp --\nno\n\
         -- tests/test_a.py --\n-- tests/deep/er/test_b.py --\n-- tests/skip/test_c.py --\n-- tests/.dot/test_d.py --\n\
         -- extra-1.txt --\n-- extra-x.txt --\n-- .config --\nc\n-- CHANGES.rst --\nc\n\
         -- space/inner/__init__.py --\n-- space/inner/left_out.py --\n-- space/inner/kept.py --\n-- space/other/x.py --\n\
         -- data/share/man/man1/x.1 --\nman\n-- data/etc/b.conf --\n-- data/etc/a.conf --\n"
    );
    compare_with_flit("namespace", &tree, |project| {
        project.write("data/etc/__pycache__/x", "no").write("data/etc/kept.pyc", "yes");
        project.write("tests/__pycache__/test_a.pyc", "no").write("docs/b/__pycache__/y", "no");
    });
}

#[test]
fn flit_odd_names_and_no_lower_bound_on_python() {
    let tree =
        format!("{SYSTEM}[project]\nname = 'odd'\nversion = '1!2.0'\ndescription = 'x'\n-- odd/__init__.py --\n");
    let project = Project::from_text(&tree.replace("{flit}", "flit_core"));
    assert!(python::needs_python(project.path()).unwrap().is_some(), "epochs are left to flit");
    let tree = format!(
        "{SYSTEM}[project]\nname = 'odd'\nversion = 'v1.2.3.ALPHA4'\ndescription = 'x'\nrequires-python = '!=3.0'\n\
         readme = 'README'\n[project.scripts]\n-- README --\nplain\n-- odd/__init__.py --\n-- odd/spaced name.txt --\nx\n-- odd/ünï.txt --\ny\n"
    );
    compare_with_flit("odd", &tree, |project| {
        project.write("README", "windows\r\nold mac\rend\n");
    });
    if Tool::Python.require_or_skip().is_none() {
        return;
    }
    // Flit 3 does not quote; flit 4 does.
    let project = Project::from_text(&tree.replace("{flit}", "flit_core >=4"));
    project.write("odd/with,comma and \"quote\".txt", "x");
    compare("commas", &project, "flit_core.buildapi", &[("SOURCE_DATE_EPOCH", "1700000000")]);
    let stubs = "[project]\nname = 'odd-thing-stubs'\nversion = '1.0'\ndescription = 'x'\nlicense = 'GPL-3.0-or-later WITH Bison-exception-2.2'\n-- odd_thing-stubs/a.pyi --\n";
    let project = Project::from_text(&format!("{SYSTEM}{stubs}").replace("{flit}", "flit_core >=4"));
    compare("stubs", &project, "flit_core.buildapi", &[("SOURCE_DATE_EPOCH", "1700000000")]);
}

#[test]
fn flit_leaves_what_is_uncertain_to_flit() {
    let project = |manifest: &str, requires: &str| {
        let tree = format!("{SYSTEM}[project]\n{manifest}\n-- it/__init__.py --\n");
        Project::from_text(&tree.replace("{flit}", requires))
    };
    for (manifest, requires) in [
        ("name = 'it'\nversion = '1'\ndescription = 'x'\nunknown = 1", "flit_core"),
        ("name = 'it'\ndynamic = ['version']\ndescription = 'x'", "flit_core"),
        ("name = 'missing'\nversion = '1'\ndescription = 'x'", "flit_core"),
        ("name = 'it'\nversion = '1'\ndescription = 'x'\nreadme = 'none.md'", "flit_core"),
        ("name = 'it'\nversion = '1'\ndescription = 'x'\nreadme = '../x.md'", "flit_core"),
        ("name = 'it'\nversion = '1'\ndescription = 'x'\nlicense = 'Nonsense-1.0'", "flit_core"),
        (
            "name = 'it'\nversion = '1'\ndescription = 'x'\nlicense = 'MIT'\nclassifiers = ['License :: OSI Approved']",
            "flit_core",
        ),
        ("name = 'it'\nversion = '1'\ndescription = 'x'", "flit_core ==3.2"),
        ("name = 'it'\nversion = '1'\ndescription = 'x'", "flit_core', 'wheel"),
    ] {
        let reason = python::needs_python(project(manifest, requires).path()).unwrap();
        assert!(reason.is_some(), "{manifest} with {requires}");
    }
    #[cfg(unix)]
    {
        let linked = project("name = 'it'\nversion = '1'\ndescription = 'x'", "flit_core");
        assert_eq!(python::needs_python(linked.path()).unwrap(), None);
        std::os::unix::fs::symlink("/etc/hostname", linked.join("it/host")).unwrap();
        assert!(python::needs_python(linked.path()).unwrap().unwrap().contains("symbolic link"));
    }
}

#[test]
fn building_twice_gives_the_same_bytes_and_details() {
    let tree = format!(
        "{SYSTEM}[project]\nname = 'a-b'\nversion = '1.0'\ndescription = 'ä'\nrequires-python = '>=3'\n-- a_b.py --\n"
    );
    let project = Project::from_text(&tree.replace("{flit}", "flit_core >=4"));
    let build = || {
        let output = Project::new();
        python::build(&request(project.path(), output.path().to_owned())).unwrap()
    };
    let (first, second) = (build(), build());
    let digests = |artifacts: &[pak_model::Artifact]| artifacts.iter().map(|a| a.digests.clone()).collect::<Vec<_>>();
    assert_eq!(digests(&first), digests(&second));
    let wheel = first.iter().find(|artifact| artifact.kind == ArtifactKind::Wheel).unwrap();
    let Details::Python(details) = &wheel.details else { panic!("a wheel has Python's details") };
    assert_eq!((details.header("name"), details.header("summary")), (Some("a-b"), Some("ä")));
    assert_eq!((details.python_tag.as_str(), details.platform_tags.as_slice()), ("py3", &["any".to_owned()][..]));
    assert!(details.members.contains(&"a_b-1.0.dist-info/RECORD".to_owned()));
}
