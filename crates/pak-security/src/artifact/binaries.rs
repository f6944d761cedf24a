//! Programs and other binaries, by their first bytes.

/// What a binary file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Elf,
    CoreDump,
    Pe,
    MachO,
    Wasm,
    JavaClass,
    PythonBytecode,
    Dex,
}

impl Binary {
    /// What a file is, if it is a program of some kind.
    pub(super) fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            // The kind of file, in the byte order the file says.
            [0x7f, b'E', b'L', b'F', ..] => {
                let (low, high) = (bytes.get(16).copied()?, bytes.get(17).copied()?);
                if low == 4 && high == 0 || low == 0 && high == 4 { Self::CoreDump } else { Self::Elf }
            }
            [b'M', b'Z', ..] => {
                let at = bytes.get(0x3c..0x40).and_then(|at| at.try_into().ok()).map(u32::from_le_bytes)?;
                let header = bytes.get(usize::try_from(at).ok()?..)?;
                if !header.starts_with(b"PE\0\0") {
                    return None;
                }
                Self::Pe
            }
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xcf | 0xce, ..] => Self::MachO,
            // Fat Mach-O and Java share a signature; the number of architectures is small, a class's version is not.
            [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, count, ..] if *count < 20 => Self::MachO,
            [0xca, 0xfe, 0xba, 0xbe, ..] => Self::JavaClass,
            [0, b'a', b's', b'm', ..] => Self::Wasm,
            [b'd', b'e', b'x', b'\n', ..] => Self::Dex,
            [_, _, b'\r', b'\n', ..] if path.ends_with(".pyc") => Self::PythonBytecode,
            _ => return None,
        })
    }

    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Elf => "a program or library for Linux (ELF)",
            Self::CoreDump => "a memory dump of a crashed program",
            Self::Pe => "a program or library for Windows (PE)",
            Self::MachO => "a program or library for macOS (Mach-O)",
            Self::Wasm => "a WebAssembly module",
            Self::JavaClass => "a compiled Java class",
            Self::PythonBytecode => "compiled Python code",
            Self::Dex => "compiled Android code",
        }
    }

    /// Whether it runs on a machine directly.
    pub(super) fn is_native(self) -> bool {
        matches!(self, Self::Elf | Self::Pe | Self::MachO)
    }
}
