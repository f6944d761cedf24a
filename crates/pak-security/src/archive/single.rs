//! Compressed streams of one file: gzip, xz, lzma, bzip2, zstd. Around a tar or a cpio they are read as that.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

use super::source::{Budget, Meter, Source};
use super::walker::{Entry, Place, Walker};
use super::{Format, MemberKind, format_of};

/// What an xz stream may use to be read; the largest preset uses 65 MiB.
const XZ_MEMORY: u64 = 256 << 20;
/// The largest window of a zstd frame, as a power of two: 128 MiB, zstd's own default.
const ZSTD_WINDOW: u32 = 27;

/// Unpacks the stream and walks what it holds.
pub(super) fn walk(walker: &mut Walker<'_>, place: &Place<'_>, format: Format, source: Source<'_>) -> io::Result<()> {
    let packed = source.length();
    let budget: &Budget = walker.budget;
    let mut trailing = false;
    let done = {
        let input = BufReader::new(source);
        let mut gzip;
        let mut other: Box<dyn Read + '_>;
        let decoder: &mut dyn Read = if format == Format::Gzip {
            gzip = Gzip { part: Part::Between(input), trailing: &mut trailing, first: true };
            &mut gzip
        } else {
            other = decoder(format, input)?;
            &mut *other
        };
        content(walker, place, &mut Meter::new(decoder, budget, packed))
    };
    if trailing {
        walker.notices.hostile(place.name, "holds bytes after its end, which programs read differently");
    }
    done
}

/// The decoder of all but gzip.
fn decoder<'a>(format: Format, input: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match format {
        Format::Xz => {
            // Several streams one after another are one file, as `xz` has it.
            let stream = liblzma::stream::Stream::new_auto_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
        }
        Format::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        _ => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            Box::new(decoder)
        }
    })
}

/// Walks what a stream unpacks to.
fn content(walker: &mut Walker<'_>, place: &Place<'_>, stream: &mut dyn Read) -> io::Result<()> {
    let mut head = Vec::new();
    (&mut *stream).take(512).read_to_end(&mut head)?;
    if let Some(format @ (Format::Tar | Format::Cpio)) = format_of("", &head) {
        let mut reader = head.as_slice().chain(stream);
        let inner = Source::Stream { reader: &mut reader, length: None };
        walker.archive(place.name, format, inner, place.depth);
        return Ok(());
    }
    // How long the content is shows only at its end: hold it up to the limit of one member.
    let limit = walker.budget.limits.member_bytes;
    let begun = head.len() as u64;
    (&mut *stream).take((limit + 1).saturating_sub(begun)).read_to_end(&mut head)?;
    let name = inner_name(place.name);
    let mut place = Place::new(place.name, place.depth);
    let size = head.len() as u64;
    let entry = Entry { name: name.as_bytes(), kind: MemberKind::File, mode: None, size };
    if size <= limit {
        return walker.member(&mut place, &entry, &mut Source::Slice(&head));
    }
    let size = size + io::copy(stream, &mut io::sink())?;
    walker.passed_over(&mut place, &Entry { size, ..entry })
}

/// The name of what a compressed file holds: `a.json` for `a.json.gz`.
fn inner_name(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && matches!(ending, "gz" | "xz" | "bz2" | "zst" | "lzma") => stem,
        _ => "content",
    }
}

/// Gzip members one after another, as every program reads them; what follows the last one is only noted.
struct Gzip<'t, R> {
    part: Part<R>,
    trailing: &'t mut bool,
    first: bool,
}

enum Part<R> {
    Between(R),
    Within(Box<GzDecoder<R>>),
    End,
}

impl<R: BufRead> Read for Gzip<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.part, Part::End) {
                Part::Within(mut decoder) => {
                    let count = decoder.read(buffer)?;
                    self.part = if count > 0 { Part::Within(decoder) } else { Part::Between(decoder.into_inner()) };
                    if count > 0 {
                        return Ok(count);
                    }
                }
                Part::Between(mut input) => {
                    let next = input.fill_buf()?;
                    if self.first || next.starts_with(b"\x1f") {
                        self.first = false;
                        self.part = Part::Within(Box::new(GzDecoder::new(input)));
                        continue;
                    }
                    // Zeros fill up blocks of tapes and are harmless.
                    *self.trailing |= next.iter().any(|byte| *byte != 0);
                    return Ok(0);
                }
                Part::End => return Ok(0),
            }
        }
    }
}
