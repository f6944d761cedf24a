//! Where no program may be started, what pak packs by itself still goes out, and everything else says why it does not.

use pak_deploy::{Session, run};
use pak_model::event::RunOutcome;
use pak_model::{Problem, code};
use pak_testing::project::Folder;

use crate::stage::Stage;

fn refusing(stage: &Stage, only: &[&str]) -> Session {
    let (session, _) = stage.session();
    let env = session.env.clone().without_programs("builds are not allowed for project greeter");
    let only = Some(only.iter().map(|name| (*name).to_owned()).collect());
    Session { only, sources: pak_platforms::Sources { env: env.clone(), ..session.sources.clone() }, env, ..session }
}

async fn refused(stage: &Stage, only: &[&str]) -> Problem {
    let problem = run::deploy(&refusing(stage, only), None, &|_| Ok(())).await.unwrap_err();
    assert_eq!(problem.code(), code::build::PROGRAMS_REFUSED, "{problem:?}");
    assert!(stage.writes().is_empty());
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tarball_wheels_and_an_image_need_no_program() {
    let stage = Stage::greeter().await;
    // The image waits for the crate, which cargo alone can pack.
    let settings = stage.project.read("pak.toml").replace(", \"rust\"]", "]").replace("from:rust", "from:js");
    stage.project.write("pak.toml", settings);
    let report = run::deploy(&refusing(&stage, &["npm", "pypi", "docker"]), None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_scripts_and_signatures_are_refused_by_the_name_of_the_program() {
    let stage = Stage::greeter().await;
    let problem = refused(&stage, &["cargo"]).await;
    assert_eq!(problem.message(), "`cargo` was not run, because builds are not allowed for project greeter.");
    assert!(problem.advice().contains("prebuilt"), "{}", problem.advice());

    let settings = stage.project.read("pak.toml").replace("path = \"js\"", "path = \"js\"\nrun-scripts = true");
    stage.project.write("pak.toml", settings);
    let manifest = stage.project.read("js/package.json");
    stage.project.write("js/package.json", manifest.replacen('{', "{\"scripts\": {\"prepack\": \"false\"},", 1));
    assert!(refused(&stage, &["npm"]).await.message().starts_with("`npm` "));

    let manifest = stage.project.read("python/pyproject.toml").replace("flit_core.buildapi", "setuptools.build_meta");
    stage.project.write("python/pyproject.toml", manifest);
    assert!(refused(&stage, &["pypi"]).await.message().contains("python"));

    let files = Folder::from_text(
        "-- dist/notes.txt --\nhi\n-- pak.toml --\n[packages.app]\necosystem = \"generic\"\nversion = \"1.0.0\"\n\
         artifacts = [\"dist/*\"]\nsign = \"gpg\"\n[environments.sandbox.generic]\n",
    );
    assert!(refused(&Stage::of(files).await, &["generic"]).await.message().starts_with("`gpg` "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crate_that_is_packed_already_needs_no_program() {
    let stage = Stage::greeter().await;
    let (session, _) = stage.session();
    let session = Session { only: Some(vec!["cargo".into()]), ..session };
    let output = Folder::new();
    pak_deploy::plan::prepare(&session, output.path()).await.unwrap();
    let folder = output.join("rust");
    let packed = folder.read_dir_utf8().unwrap().flatten().find(|entry| entry.file_name().ends_with(".crate")).unwrap();
    stage.project.write("packed/greeter.crate", std::fs::read(packed.path()).unwrap());
    let settings = stage.project.read("pak.toml");
    let settings = settings.replace("path = \"rust\"", "path = \"rust\"\nartifacts = [\"packed/*.crate\"]");
    stage.project.write("pak.toml", settings);
    let report = run::deploy(&refusing(&stage, &["cargo"]), None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
}
