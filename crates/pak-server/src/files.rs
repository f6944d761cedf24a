//! The file store: archives that people upload, and what runs keep so that any worker can take them up. A folder below the data
//! folder, or an S3-compatible store (`s3://bucket/prefix`). Called by `work/` and by the actions that take and hand out files.

use std::sync::Arc;

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart, path::Path};
use pak_model::env::Env;
use pak_model::{Hasher, Problem, Result, code};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// What is sent at a time. Stores take no smaller parts than 5 MiB, except the last.
const PART: usize = 8 << 20;
/// Parts on their way at the same time.
const PARALLEL: usize = 4;
/// The longest key.
const LONGEST_KEY: usize = 500;

/// Where files are kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, where it is one.
    folder: Option<Utf8PathBuf>,
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its key.
    pub location: String,
    /// Its path in the folder it was put from, with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
}

impl FileStore {
    /// Opens a store: a folder, which is made, or `s3://bucket/prefix`, whose endpoint, region and keys are the usual `AWS_…`
    /// variables (`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`).
    pub fn open(place: &str, env: &Env) -> Result<Self> {
        if let Some(rest) = place.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            return Self::bucket(bucket, prefix, env);
        }
        let unusable = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(code::server::FILE_STORE, format!("{place} cannot be used as the file store.")).cause(error)
        };
        std::fs::create_dir_all(place).map_err(|error| unusable(&error))?;
        let folder = Utf8Path::new(place).canonicalize_utf8().map_err(|error| unusable(&error))?;
        // What a row names must be there after a power cut.
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| unusable(&error))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), prefix: Path::default(), folder: Some(folder) })
    }

    fn bucket(bucket: &str, prefix: &str, env: &Env) -> Result<Self> {
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
        for (name, value) in env.with_prefix("AWS_") {
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        // A store on this machine needs no TLS; every other does.
        let endpoint = env.get("AWS_ENDPOINT_URL").or_else(|| env.get("AWS_ENDPOINT"));
        let is_here = |url: &url::Url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if endpoint.and_then(|text| url::Url::parse(text).ok()).is_some_and(|url| is_here(&url)) {
            builder = builder.with_allow_http(true);
        }
        let store = builder.build().map_err(|error| {
            Problem::new(code::server::SETTINGS, format!("s3://{bucket} cannot be used as the file store."))
                .cause(&error)
                .next("Set AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for a store that is not Amazon's.")
        })?;
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { Path::default() } else { checked(prefix)? };
        Ok(Self { store: Arc::new(store), prefix, folder: None })
    }

    /// Whether the store answers: for `/readyz` and `pak server check`.
    pub async fn check(&self) -> Result<()> {
        match self.store.head(&self.at("readiness")?).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("readiness", &error)),
        }
    }

    /// Puts a file, replacing what the key held. Nobody sees it before it is whole.
    pub async fn put_file(&self, key: &str, from: &Utf8Path) -> Result<Kept> {
        let place = self.at(key)?;
        let mut file = tokio::fs::File::open(from).await.map_err(|error| unreadable(from, &error))?;
        let mut hasher = Hasher::sha256_only();
        let mut part = read_part(&mut file).await.map_err(|error| unreadable(from, &error))?;
        hasher.update(&part);
        if part.len() < PART {
            self.store.put(&place, part.into()).await.map_err(|error| failed(key, &error))?;
        } else {
            let upload = self.store.put_multipart(&place).await.map_err(|error| failed(key, &error))?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
            let sent = async {
                while !part.is_empty() {
                    upload.wait_for_capacity(PARALLEL).await.map_err(|error| failed(key, &error))?;
                    upload.put(part);
                    part = read_part(&mut file).await.map_err(|error| unreadable(from, &error))?;
                    hasher.update(&part);
                }
                Ok(())
            };
            if let Err(problem) = sent.await {
                // Parts that nobody completes cost money for ever.
                let _ = upload.abort().await;
                return Err(problem);
            }
            upload.finish().await.map_err(|error| failed(key, &error))?;
        }
        let (location, path) = (key.to_owned(), from.file_name().unwrap_or_default().to_owned());
        let size = hasher.length();
        Ok(Kept { location, path, size, sha256: hasher.finish().sha256.unwrap_or_default() })
    }

    /// A file as a stream, with its size; `None` where there is none.
    pub async fn get(&self, key: &str) -> Result<Option<(u64, impl Stream<Item = Result<Bytes>> + Send + 'static)>> {
        let found = match self.store.get(&self.at(key)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(key, &error)),
        };
        let (size, key) = (found.meta.size, key.to_owned());
        Ok(Some((size, found.into_stream().map_err(move |error| failed(&key, &error)))))
    }

    /// Puts a kept file on disk. What arrives must be what was kept.
    pub async fn get_file(&self, kept: &Kept, to: &Utf8Path) -> Result<()> {
        let key = &kept.location;
        let Some((_, mut stream)) = self.get(key).await? else {
            return Err(Problem::new(code::server::FILE_STORE, format!("`{key}` is no longer in the file store.")));
        };
        let unwritable = |error: &std::io::Error| {
            Problem::new(code::server::DATA_FOLDER, format!("{to} cannot be written.")).about("file", to).cause(error)
        };
        let folder = to.parent().unwrap_or(to);
        tokio::fs::create_dir_all(folder).await.map_err(|error| unwritable(&error))?;
        let temporary = tempfile::NamedTempFile::new_in(folder).map_err(|error| unwritable(&error))?;
        let handle = temporary.as_file().try_clone().map_err(|error| unwritable(&error))?;
        let (mut file, mut hasher) = (tokio::fs::File::from_std(handle), Hasher::sha256_only());
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
        }
        file.flush().await.map_err(|error| unwritable(&error))?;
        if hasher.length() != kept.size || hasher.finish().sha256.as_ref() != Some(&kept.sha256) {
            return Err(Problem::new(
                code::server::FILE_STORE,
                format!("`{key}` is not what was put into the file store."),
            ));
        }
        temporary.persist(to).map_err(|error| unwritable(&error.error))?;
        Ok(())
    }

    /// Puts every file below a folder under `<prefix>/<number>`: their own names may be any. In the order of their paths.
    pub async fn put_folder(&self, prefix: &str, folder: &Utf8Path) -> Result<Vec<Kept>> {
        let mut paths = Vec::new();
        files_below(folder, &mut paths).map_err(|error| unreadable(folder, &error))?;
        paths.sort();
        let mut kept = Vec::with_capacity(paths.len());
        for (number, path) in paths.iter().enumerate() {
            let one = self.put_file(&format!("{prefix}/{number}"), path).await?;
            let relative = path.strip_prefix(folder).unwrap_or(path);
            let relative: Vec<&str> = relative.components().map(|part| part.as_str()).collect();
            kept.push(Kept { path: relative.join("/"), ..one });
        }
        Ok(kept)
    }

    /// Puts kept files back below a folder.
    pub async fn get_folder(&self, kept: &[Kept], folder: &Utf8Path) -> Result<()> {
        for one in kept {
            // Our own rows, and still: a path is a path.
            if !Utf8Path::new(&one.path).components().all(|part| matches!(part, camino::Utf8Component::Normal(_))) {
                let text = format!("`{}` is not a path below a folder.", one.path);
                return Err(Problem::new(code::server::FILE_STORE, text));
            }
            self.get_file(one, &folder.join(&one.path)).await?;
        }
        Ok(())
    }

    /// The key of everything that is kept, in order.
    pub async fn keys(&self) -> Result<Vec<String>> {
        let prefix = self.prefix.parts().count();
        let listed = self.store.list(Some(&self.prefix)).try_collect::<Vec<_>>().await;
        let listed = listed.map_err(|error| failed("the whole store", &error))?;
        let key =
            |path: &Path| path.parts().skip(prefix).map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
        let mut keys: Vec<String> = listed.iter().map(|object| key(&object.location)).collect();
        keys.sort();
        Ok(keys)
    }

    /// Deletes a file. One that is not there is as good.
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&self.at(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(key, &error)),
        }
    }

    /// Deletes everything below a prefix.
    pub async fn delete_below(&self, prefix: &str) -> Result<()> {
        let place = self.at(prefix)?;
        if let Some(folder) = &self.folder {
            // As a folder it goes whole, with what an upload that was cut off left behind.
            return match tokio::fs::remove_dir_all(folder.join(place.as_ref())).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unreadable(folder, &error)),
                _ => Ok(()),
            };
        }
        let found = self.store.list(Some(&place)).map_ok(|object| object.location).boxed();
        let gone = self.store.delete_stream(found).try_for_each(|_| async { Ok(()) });
        gone.await.map_err(|error| failed(prefix, &error))
    }

    fn at(&self, key: &str) -> Result<Path> {
        Ok(self.prefix.parts().chain(checked(key)?.parts()).collect())
    }
}

/// A key: words of plain characters with `/` between them, none of which leads anywhere else.
fn checked(key: &str) -> Result<Path> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@' | '=');
    let word = |word: &str| !word.is_empty() && word != "." && word != ".." && word.chars().all(plain);
    if key.len() > LONGEST_KEY || !key.split('/').all(word) {
        let shown: String = key.chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(Problem::new(code::server::FILE_STORE, format!("`{shown}` is not a key of the file store.")));
    }
    Ok(Path::from(key))
}

async fn read_part(file: &mut tokio::fs::File) -> std::io::Result<Bytes> {
    let mut part = Vec::new();
    file.take(PART as u64).read_to_end(&mut part).await?;
    Ok(part.into())
}

/// Links are not followed: nothing of a run is one.
fn files_below(folder: &Utf8Path, paths: &mut Vec<Utf8PathBuf>) -> std::io::Result<()> {
    for entry in folder.read_dir_utf8()? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            files_below(entry.path(), paths)?;
        } else if kind.is_file() {
            paths.push(entry.into_path());
        }
    }
    Ok(())
}

fn failed(key: &str, error: &object_store::Error) -> Problem {
    Problem::new(code::server::FILE_STORE, format!("The file store does not do its work for `{key}`.")).cause(error)
}

fn unreadable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::server::DATA_FOLDER, format!("{path} cannot be read.")).about("file", path).cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_words_and_lead_nowhere() {
        for good in ["a", "sources/12/archive", "runs/0191-x/0", "A+b=c@d_e.f"] {
            assert_eq!(checked(good).unwrap().as_ref(), good);
        }
        let long = "a/".repeat(300);
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "a/./b", "a\\b", "a b", "a\0", "ä", "a#1", "c:/x", &long] {
            assert_eq!(checked(bad).unwrap_err().code(), code::server::FILE_STORE, "{bad}");
        }
    }
}
