//! The file store, as a folder and as an object store.

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::TryStreamExt as _;
use pak_model::code;
use pak_model::env::Env;
use pak_server::files::FileStore;
use pak_testing::project::Folder;
use pak_testing::servers::moto;

/// More than two parts of an upload, and no round number.
const LARGE: usize = 20_000_001;

async fn bytes(store: &FileStore, key: &str) -> Option<Vec<u8>> {
    let (size, stream) = store.get(key).await.unwrap()?;
    let chunks: Vec<bytes::Bytes> = stream.try_collect().await.unwrap();
    let all = chunks.concat();
    assert_eq!(all.len() as u64, size);
    Some(all)
}

/// What every store does.
async fn keeps_hands_out_and_deletes(store: &FileStore) {
    let folder = Folder::new();
    let large: Vec<u8> = (0..LARGE).map(|at| u8::try_from(at % 251).unwrap()).collect();
    folder.write("a/large", &large).write("b/ünïcode name #1.txt", "hi").write("empty", "");
    store.check().await.unwrap();

    let kept = store.put_folder("runs/1", folder.path()).await.unwrap();
    let told: Vec<(&str, &str, u64)> =
        kept.iter().map(|one| (one.location.as_str(), one.path.as_str(), one.size)).collect();
    let expected =
        [("runs/1/0", "a/large", LARGE as u64), ("runs/1/1", "b/ünïcode name #1.txt", 2), ("runs/1/2", "empty", 0)];
    assert_eq!(told, expected);
    assert_eq!(bytes(store, "runs/1/0").await, Some(large.clone()));
    assert_eq!(bytes(store, "runs/1/9").await, None);

    let back = Folder::new();
    store.get_folder(&kept, back.path()).await.unwrap();
    assert_eq!(std::fs::read(back.join("a/large")).unwrap(), large);
    assert_eq!((back.read("b/ünïcode name #1.txt").as_str(), back.read("empty").as_str()), ("hi", ""));

    // A file that is not what it was is not handed out.
    store.put_file("runs/1/1", &folder.join("empty")).await.unwrap();
    let other = Folder::new();
    let problem = store.get_folder(&kept, other.path()).await.unwrap_err();
    assert_eq!(problem.code(), code::server::FILE_STORE);
    assert!(problem.message().contains("runs/1/1"), "{problem}");
    assert!(!other.join("b/ünïcode name #1.txt").exists());

    store.put_file("runs/10/0", &folder.join("empty")).await.unwrap();
    store.delete_below("runs/1").await.unwrap();
    store.delete_below("runs/1").await.unwrap();
    assert_eq!(bytes(store, "runs/1/0").await, None);
    assert_eq!(bytes(store, "runs/10/0").await, Some(Vec::new()), "a longer name is another place");
    store.delete("runs/10/0").await.unwrap();
    store.delete("runs/10/0").await.unwrap();
    assert_eq!(bytes(store, "runs/10/0").await, None);
    assert_eq!(store.get_folder(&kept, back.path()).await.unwrap_err().code(), code::server::FILE_STORE);

    for outside in ["../x", "/x", "a/../../x"] {
        assert_eq!(store.put_file(outside, &folder.join("empty")).await.unwrap_err().code(), code::server::FILE_STORE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_files() {
    let folder = Folder::new();
    let store = FileStore::open(folder.join("files").as_str(), &Env::default()).unwrap();
    keeps_hands_out_and_deletes(&store).await;
    let mut left: Vec<Utf8PathBuf> = Vec::new();
    walk(&folder.join("files"), &mut left);
    assert!(left.is_empty(), "{left:?}");
}

fn walk(folder: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    for entry in folder.read_dir_utf8().unwrap().flatten() {
        if entry.path().is_dir() { walk(entry.path(), found) } else { found.push(entry.into_path()) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_leads_nowhere_but_below_the_folder() {
    let (folder, target) = (Folder::new(), Folder::new());
    let store = FileStore::open(folder.path().as_str(), &Env::default()).unwrap();
    target.write("x", "hi");
    let kept = store.put_file("x", &target.join("x")).await.unwrap();
    for path in ["../escaped", "/escaped", "a/../../escaped"] {
        let moved = pak_server::files::Kept { path: path.to_owned(), ..kept.clone() };
        let problem = store.get_folder(&[moved], &target.join("below")).await.unwrap_err();
        assert_eq!(problem.code(), code::server::FILE_STORE, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_store_keeps_files_below_a_prefix() {
    let Some(moto) = moto::start() else { return };
    let env = Env::new(moto.variables());
    let store = FileStore::open(&format!("s3://{}/team/pak", moto::BUCKET), &env).unwrap();
    keeps_hands_out_and_deletes(&store).await;
    assert_eq!(moto.unfinished_uploads(), 0);
    let nowhere = FileStore::open("s3://no-such-bucket", &env).unwrap();
    let folder = Folder::new();
    folder.write("x", "hi");
    assert_eq!(nowhere.put_file("x", &folder.join("x")).await.unwrap_err().code(), code::server::FILE_STORE);
}
