//! Mutated archives: a fixed number of them each run, from seeds built here and from those kept in `tests/corpus/archive/`
//! (put an input there that once broke something). No panic, bounded output, whatever the bytes.

use pak_security::archive::{Limits, format_of, walk};
use proptest::prelude::*;

use super::{ar_of, cpio_of, gzip, rpm_of, tar_member, tar_of, zip_of};

const LIMITS: Limits = Limits { depth: 4, members: 200, member_bytes: 1 << 16, total_bytes: 1 << 20, ratio: 100 };
/// How often each seed is mutated.
const ROUNDS: u64 = 1500;

/// One input: what must hold for all of them.
fn body(bytes: &[u8]) {
    for name in ["a", "a.zip", "a.lzma"] {
        let (mut members, mut held) = (0_u64, 0_usize);
        let notices = walk(name, bytes, &LIMITS, &mut |member| {
            members += 1;
            held = held.max(member.bytes.len());
            assert!(member.path.starts_with(name) && !member.path.contains(char::is_control));
        });
        assert!(members <= LIMITS.members && held as u64 <= LIMITS.member_bytes && notices.len() <= 201);
        assert!(format_of(name, bytes).is_some() || !notices.is_empty());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let files: &[(&str, &[u8])] = &[("package/a.json", b"{\"a\": 1}"), ("package/b", b"text text text text")];
    let tar = tar_of(files);
    let mut odd = tar_member("l", tar::EntryType::Symlink, "../x", b"");
    odd.extend(tar_member("x", tar::EntryType::XHeader, "", b"11 path=a\n\n18 size=999999999\n"));
    odd.extend(&tar);
    let zip = zip_of(files);
    let zstd = zstd::stream::encode_all(tar.as_slice(), 1).unwrap();
    let mut xz = liblzma::bufread::XzEncoder::new(tar.as_slice(), 1);
    let mut packed = Vec::new();
    std::io::copy(&mut xz, &mut packed).unwrap();
    let cpio = cpio_of(&[("a", 0o100_644, b"1"), ("l", 0o120_777, b"../x")]);
    let mut all = vec![
        gzip(&tar),
        gzip(&tar_of(&[("n.zip", &zip), ("n.tgz", &gzip(&tar))])),
        ar_of(&[("//", b"long-name-of-a-member/\n"), ("/0", &tar), ("#1/4", b"namecontent")]),
        rpm_of(&gzip(&cpio)),
        zip_of(&[("n.tar", &tar), ("n.zip", &zip)]),
        tar,
        odd,
        zip,
        zstd,
        packed,
        cpio,
    ];
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/archive");
    for entry in std::fs::read_dir(kept).into_iter().flatten() {
        all.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

/// A small generator of numbers, so that each run does the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => {
                    let upto = (at + self.below(64)).min(bytes.len());
                    let part = bytes[at..upto].to_vec();
                    let into = self.below(bytes.len());
                    bytes.splice(into..into, part);
                }
                2 => drop(bytes.drain(at..(at + self.below(32)).min(bytes.len()))),
                3 => {
                    for byte in bytes.iter_mut().skip(at).take(4) {
                        *byte = 0xff;
                    }
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
        }
    }
}

#[test]
fn mutated_archives_do_no_harm() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for seed in seeds() {
        body(&seed);
        for _ in 0..ROUNDS {
            let mut bytes = seed.clone();
            numbers.mutate(&mut bytes);
            body(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_put_in_comes_out(
        files in prop::collection::btree_map("[a-z]{1,12}", prop::collection::vec(any::<u8>(), 0..600), 1..8),
    ) {
        let list: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        for bytes in [tar_of(&list), gzip(&tar_of(&list)), zip_of(&list)] {
            let mut found = std::collections::BTreeMap::new();
            walk("a", &bytes, &Limits::default(), &mut |member| {
                if let Some(name) = member.path.strip_prefix("a!/").filter(|name| !name.contains("!/")) {
                    found.insert(name.to_owned(), member.bytes.to_vec());
                }
            });
            prop_assert_eq!(&found, &files);
        }
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        body(&bytes);
    }
}
