//! Permission bits: the one file of this crate, beside `toolchain.rs`, in which operating systems differ. Elsewhere than on Unix
//! files carry no such marks.

use std::fs::{File, Metadata};
use std::io;

use camino::Utf8Path;

/// The execute bits of owner, group and others (`0o111`); `None` where the system has none.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no answer")]
pub(crate) fn execute_bits(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o111)
}

/// The execute bits; `None`, because this system has none.
#[cfg(not(unix))]
pub(crate) fn execute_bits(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Marks an unpacked file as readable by all, and as a program or not, where the system can.
pub(crate) fn set_executable(path: &Utf8Path, executable: bool) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))?;
    }
    let _ = (path, executable);
    Ok(())
}

/// Lets others read a file that was made as a private temporary one.
pub(crate) fn let_others_read(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}
