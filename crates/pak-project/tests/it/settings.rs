//! Layers, explanations and edits of settings.

use pak_model::code;
use pak_project::config;

use crate::tree::{Tree, env};

const BOTH: &[(&str, &str)] = &[
    ("js/package.json", r#"{"name":"a","version":"1.0.0"}"#),
    ("rs/Cargo.toml", "[package]\nname = \"b\"\nversion = \"1.0.0\"\n"),
];

fn targets(project: &pak_project::Project, environment: &str) -> Vec<String> {
    project.config.environments.get(environment).into_iter().flat_map(|targets| targets.keys().cloned()).collect()
}

#[test]
fn production_is_there_until_the_project_names_environments() {
    let tree = Tree::new(BOTH);
    let open = tree.open(&[]).unwrap();
    assert_eq!(
        (open.name.as_str(), targets(&open, "production"), targets(&open, "sandbox")),
        ("greeting", vec!["cargo".to_owned(), "npm".to_owned()], vec!["cargo".to_owned(), "npm".to_owned()])
    );

    assert!(tree.open(&[("PAK_ENVIRONMENT", "elsewhere")]).is_ok(), "it may be meant for another project");

    tree.write("pak.toml", "[environments.internal.npm]\nregistry = \"https://npm.example.org\"\n");
    let internal = tree.open(&[]).unwrap();
    assert_eq!(internal.config.environments.keys().collect::<Vec<_>>(), ["internal", "sandbox"]);
    assert_eq!(targets(&internal, "sandbox").len(), 2);
}

#[test]
fn the_sandbox_rehearses_production() {
    let tree = Tree::new(BOTH);
    let production = "[environments.production.ghcr]\nplatform = \"docker\"\nregistry = \"https://images.example.org\"\ntags = [\"latest\"]\ntoken-env = \"T\"\n[environments.production.npm]\n";
    tree.write("pak.toml", production);
    let project = tree.open(&[("PAK_GHCR_REPOSITORY", "team/x")]).unwrap();
    let ghcr = &project.config.environments["sandbox"]["ghcr"];
    let expected = pak_project::TargetConfig {
        platform: Some("docker".into()),
        tags: vec!["latest".into()],
        ..pak_project::TargetConfig::default()
    };
    assert_eq!(*ghcr, expected, "no address, no credential, no variable");
    assert_eq!(targets(&project, "sandbox"), ["ghcr", "npm"]);
    let origin = project.loaded.explain("environments.sandbox.ghcr.tags").unwrap().remove(0).origin;
    assert_eq!(origin, "pak.toml:4, as in production");

    tree.write("pak.toml", &format!("{production}[environments.sandbox.npm]\n"));
    assert_eq!(targets(&tree.open(&[]).unwrap(), "sandbox"), ["npm"]);
}

#[test]
fn later_layers_win_and_every_layer_is_shown() {
    let tree = Tree::new(BOTH);
    tree.write("pak.toml", "[project]\n[environments.production.npm]\nregistry = \"https://project.example.org\"\ntoken-env = \"TEAM_TOKEN\"\n");
    tree.write("pak.conf", "PAK_LOG_LEVEL=\"DEBUG\"\nPAK_API_SECRET=\"s3cret\"\nPAK_ENVIRONMENT=sandbox\n");
    tree.write("../user/config.toml", "[environments.production.npm]\nregistry = \"https://user.example.org\"\ntag = \"beta\"\n[environments.production.pypi]\n");
    tree.write("../user/pak.conf", "PAK_LOG_LEVEL=WARN\n");
    let token = ["npm", "_abc"].concat();
    let variables = [
        ("PAK_NPM_REGISTRY", "https://variable.example.org"),
        ("PAK_NPM_TOKEN", token.as_str()),
        ("TEAM_TOKEN", token.as_str()),
        ("PAK_NMP_INDEX", "x"),
        ("PAK_API_KEY", token.as_str()),
    ];
    let project = tree.open(&variables).unwrap();

    let npm = &project.config.environments["production"]["npm"];
    assert_eq!((npm.registry.as_deref(), npm.tag.as_deref()), (Some("https://variable.example.org"), Some("beta")));
    assert_eq!(targets(&project, "production"), ["npm"], "a user's file adds no target to the project's environment");
    assert_eq!(project.config.environments["sandbox"]["npm"].registry, None, "variables leave the sandbox alone");
    assert_eq!(project.config.project.environment.as_deref(), Some("sandbox"));
    assert_eq!(project.loaded.variables.get("PAK_LOG_LEVEL"), Some("DEBUG"));
    assert_eq!(project.loaded.unused_variables, ["PAK_NMP_INDEX"]);
    assert_eq!(project.loaded.get("environments.production.npm.tag").unwrap().unwrap().as_str(), Some("beta"));
    assert!(project.loaded.get("environments.production").unwrap().unwrap().get("npm").is_some());
    assert_eq!(project.loaded.get("environments.production.npm.access").unwrap(), None);

    let user = tree.user().to_string();
    let mut said = Vec::new();
    for key in [
        "environments.production.npm.registry",
        "environments.production.npm.token",
        "environments.production.npm.allow-http",
        "environments.production.pypi",
        "project",
        "PAK_LOG_LEVEL",
        "PAK_API_SECRET",
        "PAK_API_KEY",
        "PAK_NPM_TOKEN",
    ] {
        for value in project.loaded.explain(key).unwrap() {
            let mark = if value.effective { "*" } else { " " };
            said.push(format!(
                "{mark} {} = {} ({:?}, {})",
                value.key,
                value.value,
                value.layer,
                value.origin.replace(&user, "USER")
            ));
        }
    }
    let said = said.join("\n");
    assert!(!said.contains(&token) && !said.contains("s3cret"));
    insta::assert_snapshot!(said, @r#"
      environments.production.npm.registry = "https://user.example.org" (User, USER/config.toml:2)
      environments.production.npm.registry = "https://project.example.org" (Project, pak.toml:3)
    * environments.production.npm.registry = "https://variable.example.org" (Variable, variable PAK_NPM_REGISTRY)
      environments.production.npm.token = [set] (Project, variable TEAM_TOKEN)
    * environments.production.npm.token = [set] (Variable, variable PAK_NPM_TOKEN)
    * environments.production.npm.allow-http = false (BuiltIn, built in)
      environments.production.pypi = {} (User, USER/config.toml:4)
    * project = {} (Project, pak.toml:1)
      project.environment = "production" (BuiltIn, built in)
    * project.environment = "sandbox" (Conf, pak.conf:3)
    * project.name = "greeting" (BuiltIn, the folder's name)
      PAK_LOG_LEVEL = "WARN" (Conf, USER/pak.conf:1)
    * PAK_LOG_LEVEL = "DEBUG" (Conf, pak.conf:1)
    * PAK_API_SECRET = [set] (Conf, pak.conf:2)
    * PAK_API_KEY = [set] (Variable, variable PAK_API_KEY)
    * PAK_NPM_TOKEN = [set] (Variable, variable PAK_NPM_TOKEN)
    "#);
    let problem = project.loaded.explain("environments.production.npm.regsitry").unwrap_err();
    assert_eq!(problem.code(), code::config::UNKNOWN_KEY);
    assert!(problem.advice().contains("`registry`"));
}

#[test]
fn wrong_values_name_their_origin() {
    let tree = Tree::new(BOTH);
    let password = ["hun", "ter2"].concat();
    let url = format!("https://user:{password}@example.org");
    let mut said = Vec::new();
    for (settings, variables) in [
        ("[environments.production.npm]\nregistry = \"http://npm.example.org\"", vec![]),
        (
            "[environments.production.npm]\nregistry = \"http://127.0.0.1:1\"\naccess = \"secret\"\ntoken-env = \"a b\"",
            vec![],
        ),
        ("", vec![("PAK_NPM_REGISTRY", url.as_str())]),
        ("[project]\nenvironment = \"staging\"", vec![]),
        ("[project]\nexclude = [\"a[\"]", vec![]),
        ("[packages.\"../x\"]\npath = \"js\"", vec![]),
        ("[packages.x]\npath = \"js\"\nplatforms = [\"linux\"]", vec![]),
        ("[environments.production.npm]\npackages = [\"aa\"]", vec![]),
    ] {
        tree.write("pak.toml", settings);
        let problem = tree.open(&variables).unwrap_err();
        said.push(format!("{}: {problem} {:?} {}", problem.code().id, problem.causes(), problem.advice()));
    }
    let said = said.join("\n");
    assert!(!said.contains(&password));
    insta::assert_snapshot!(said, @r#"
    pak::config::http_not_allowed: pak.toml:2: the registry at npm.example.org is on plain http. [] Use https, or set `allow-http = true` for this target if the network is yours.
    pak::config::invalid_value: pak.toml:4: this is not the name of a variable; the value itself does not belong into a file. ["pak.toml:3: `secret` is neither `public` nor `restricted`."] Correct the value; `pak config schema` says what each key takes.
    pak::config::url_invalid: variable PAK_NPM_REGISTRY: a registry URL must not hold a user or password. [] Remove them from the URL and use `pak credential add`, or the target's `username-env` and `password-env`.
    pak::config::environment_unknown: pak.toml:2: there is no environment `staging`. [] Name one of production, sandbox, or add `[environments.staging.<target>]` to pak.toml.
    pak::config::invalid_value: pak.toml:2: `a[` is not a glob: unclosed character class; missing ']'. [] Correct the value; `pak config schema` says what each key takes.
    pak::config::invalid_value: pak.toml:2: `../x` cannot be a package id: letters, digits, `-`, `_` and `.` only, a letter or digit first. [] Correct the value; `pak config schema` says what each key takes.
    pak::config::invalid_value: pak.toml:3: `linux` is not `os/arch`, such as `linux/amd64`. [] Correct the value; `pak config schema` says what each key takes.
    pak::project::package_unknown: `packages` of [environments.production.npm] names `aa`, but no package has that id. [] Did you mean `a`? `pak detect` shows every package.
    "#);
}

#[test]
fn edits_keep_everything_else() {
    let tree = Tree::new(&[]);
    let file = tree.root().join("pak.toml");
    config::set(&file, "environments.production.npm.registry", "https://a.example.org").unwrap();
    assert_eq!(tree.read("pak.toml"), "[environments.production.npm]\nregistry = \"https://a.example.org\"\n");

    tree.write("pak.toml", "# ours\n[project]\nname = 'x' # kept\n\n[packages]\na = { path = \"a\" }\n");
    config::set(&file, "project.name", "y").unwrap();
    config::set(&file, "packages.a.run-scripts", "true").unwrap();
    config::set(&file, "packages.a.artifacts", "x/*.whl, y").unwrap();
    config::set(&file, "packages.a.version", "1.0").unwrap();
    insta::assert_snapshot!(tree.read("pak.toml"), @r#"
    # ours
    [project]
    name = "y" # kept

    [packages]
    a = { path = "a", run-scripts = true, artifacts = ["x/*.whl", "y"], version = "1.0" }
    "#);
    assert!(config::unset(&file, "packages.a").unwrap());
    assert!(!config::unset(&file, "packages.a").unwrap());

    let before = tree.read("pak.toml");
    for (key, value, code) in [
        ("project.nam", "x", code::config::UNKNOWN_KEY),
        ("packages.a.run-scripts", "maybe", code::config::INVALID_VALUE),
        ("packages.a.ecosystem", "pascal", code::config::INVALID_VALUE),
        ("project", "x", code::config::INVALID_VALUE),
        ("..", "x", code::config::UNKNOWN_KEY),
    ] {
        assert_eq!(config::set(&file, key, value).unwrap_err().code(), code, "{key}");
        assert_eq!(tree.read("pak.toml"), before);
    }
    assert_eq!(std::fs::read_dir(tree.root()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn the_root_is_the_nearest_folder_with_settings() {
    let tree = Tree::new(&[("pak.toml", ""), ("a/b/", "")]);
    assert_eq!(pak_project::find_root(&tree.root().join("a/b")), tree.root());
    let loaded = config::load(&tree.root(), &env(&[]), None).unwrap();
    assert_eq!(loaded.files, [tree.root().join("pak.toml")]);
}
