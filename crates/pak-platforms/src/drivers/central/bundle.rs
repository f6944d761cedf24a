//! The bundle: a zip in repository layout with the checksum files that the portal wants, sent straight from the files.
//!
//! Its members are stored, not compressed (jars are compressed already), so its length and layout are known before a byte is
//! read, and the same release is the same bytes every time. Nothing is copied to disk.

use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::Crc;
use pak_http::{Body, FilePart, Part};
use pak_model::Digests;

use super::listing::{Files, Listing, is_signature};

/// 1980-01-01 00:00, the first time a zip can tell.
const TIME: [u8; 4] = [0, 0, 0x21, 0];
/// Version 1.0 of the format: stored members, no folders, no encryption.
const VERSION: u16 = 10;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// The length of a member's header and of its line in the directory, without the name.
const HEADER: u64 = 30;
const LINE: u64 = 46;
const END: u64 = 22;

/// A bundle that is not packed yet.
pub(super) struct Bundle {
    members: Vec<Member>,
}

struct Member {
    path: String,
    content: Part,
}

impl Bundle {
    /// The files of a component, each followed by its checksum files; signatures have none.
    pub(super) fn new(listing: &Listing, files: &Files<'_>) -> Self {
        let mut members = Vec::new();
        for (file, artifact) in files {
            let path = listing.path(file);
            let content = FilePart {
                path: artifact.path.clone(),
                offset: 0,
                length: artifact.size,
                sha256: artifact.digests.sha256.clone(),
            };
            members.push(Member { path: path.clone(), content: Part::File(content) });
            if !is_signature(file) {
                members.extend(checksums(&artifact.digests).map(|(algorithm, hex)| Member {
                    path: format!("{path}.{algorithm}"),
                    content: Part::Bytes(Bytes::from(hex)),
                }));
            }
        }
        Self { members }
    }

    /// Its length in bytes.
    pub(super) fn size(&self) -> u64 {
        self.members
            .iter()
            .map(|member| HEADER + LINE + 2 * member.path.len() as u64 + member.content.len())
            .sum::<u64>()
            + END
    }

    /// Packs it. Reads every file once, because a zip tells the checksum of a member before its bytes.
    pub(super) fn body(self) -> io::Result<Body> {
        let too_large = |_| io::Error::new(io::ErrorKind::FileTooLarge, "more than a zip without extensions can hold");
        let (mut body, mut directory, mut offset) = (Body::empty(), Vec::new(), 0u64);
        let count = u16::try_from(self.members.len()).map_err(too_large)?;
        for member in self.members {
            let length = u32::try_from(member.content.len()).map_err(too_large)?;
            let name = u16::try_from(member.path.len()).map_err(too_large)?;
            let mut facts = Vec::new();
            facts.extend(VERSION.to_le_bytes());
            facts.extend(FLAGS.to_le_bytes());
            facts.extend([0, 0]);
            facts.extend(TIME);
            facts.extend(crc(&member.content)?.to_le_bytes());
            facts.extend(length.to_le_bytes());
            facts.extend(length.to_le_bytes());
            facts.extend(name.to_le_bytes());
            facts.extend([0, 0]);
            directory.extend(*b"PK\x01\x02");
            // Made by the same version on MS-DOS: no permissions, nothing of this machine.
            directory.extend(VERSION.to_le_bytes());
            directory.extend(&facts);
            directory.extend([0; 10]);
            directory.extend(u32::try_from(offset).map_err(too_large)?.to_le_bytes());
            directory.extend(member.path.as_bytes());
            offset += HEADER + u64::from(name) + u64::from(length);
            let header = [b"PK\x03\x04", facts.as_slice(), member.path.as_bytes()].concat();
            body = body.and_bytes(header).and(member.content);
        }
        let length = u32::try_from(directory.len()).map_err(too_large)?;
        directory.extend(*b"PK\x05\x06");
        directory.extend([0; 4]);
        directory.extend(count.to_le_bytes());
        directory.extend(count.to_le_bytes());
        directory.extend(length.to_le_bytes());
        directory.extend(u32::try_from(offset).map_err(too_large)?.to_le_bytes());
        directory.extend([0, 0]);
        Ok(body.and_bytes(directory))
    }
}

/// Checksum files by their ending; the portal insists on the first two.
fn checksums(digests: &Digests) -> impl Iterator<Item = (&'static str, String)> {
    let all =
        [("md5", &digests.md5), ("sha1", &digests.sha1), ("sha256", &digests.sha256), ("sha512", &digests.sha512)];
    all.map(|(algorithm, hex)| Some((algorithm, hex.clone()?))).into_iter().flatten()
}

fn crc(content: &Part) -> io::Result<u32> {
    let mut crc = Crc::new();
    match content {
        Part::Bytes(bytes) => crc.update(bytes),
        Part::File(file) | Part::Base64(file) => {
            let mut left = std::fs::File::open(&file.path)?.take(file.length);
            let mut chunk = vec![0; 128 << 10];
            loop {
                let read = left.read(&mut chunk)?;
                if read == 0 {
                    break;
                }
                crc.update(chunk.get(..read).unwrap_or_default());
            }
        }
    }
    Ok(crc.sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::maven::sample;

    #[test]
    fn the_length_is_known_before_a_file_is_read_and_every_time_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut release = sample::complete();
        for artifact in &mut release.artifacts {
            artifact.path = camino::Utf8PathBuf::from_path_buf(folder.path().join(&artifact.id)).unwrap();
            artifact.size = artifact.id.len() as u64;
            std::fs::write(&artifact.path, &artifact.id).unwrap();
        }
        let listed = Listing::of_release(&release).unwrap();
        let bundle = || Bundle::new(&listed[0].0, &listed[0].1);
        // Four files with four checksums and a signature each.
        assert_eq!(bundle().members.len(), 24);
        assert_eq!(bundle().body().unwrap().len(), bundle().size());
        assert_eq!(format!("{:?}", bundle().body().unwrap()), format!("{:?}", bundle().body().unwrap()));
        std::fs::remove_file(&release.artifacts[0].path).unwrap();
        assert!(bundle().body().is_err());
    }
}
