//! What differs between operating systems, and the process as a whole: its environment, its permissions, its sudden end.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::Utf8Path;
use pak_model::env::Env;
use pak_model::fault::FaultPlan;

/// The process environment, read once. Values that are not UTF-8 are left out.
pub(crate) fn environment() -> Env {
    Env::new(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    )
}

/// The fault points of tests: `PAK_FAULT_TRACE` names a file that gets the name of every point passed, `PAK_FAULT_POINT`
/// the number of the point at which the process ends as `kill -9` would end it.
pub(crate) fn fault_plan(env: &Env) -> FaultPlan {
    let trace = env.get("PAK_FAULT_TRACE").map(str::to_owned);
    let last: Option<u64> = env.get("PAK_FAULT_POINT").and_then(|text| text.parse().ok());
    if trace.is_none() && last.is_none() {
        return FaultPlan::none();
    }
    let passed = AtomicU64::new(0);
    let file = Mutex::new(trace.and_then(|path| std::fs::OpenOptions::new().create(true).append(true).open(path).ok()));
    FaultPlan::new(move |point| {
        let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(file) = file.as_mut() {
            // One write a line: what was written survives the kill below.
            let _ = file.write_all(format!("{point}\n").as_bytes());
        }
        if Some(passed.fetch_add(1, Ordering::SeqCst) + 1) == last {
            die();
        }
    })
}

/// Ends the process at once: no destructors, no flushing, nothing said. The journal is made for this.
#[cfg(unix)]
pub(crate) fn die() -> ! {
    // SIGKILL cannot be caught, so this call does not return; the loop only tells the compiler so.
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}

/// Ends the process at once: no destructors, no flushing, nothing said. The journal is made for this.
#[cfg(not(unix))]
pub(crate) fn die() -> ! {
    std::process::abort()
}

/// Whether others than the user may read a file. Only Unix permissions are looked at; elsewhere the folder's own rules hold.
#[cfg(unix)]
pub(crate) fn others_can_read(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Whether others than the user may read a file. Only Unix permissions are looked at; elsewhere the folder's own rules hold.
#[cfg(not(unix))]
pub(crate) fn others_can_read(_: &Utf8Path) -> bool {
    false
}

/// Whether a file can be run as a program.
#[cfg(unix)]
pub(crate) fn is_program(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether a file can be run as a program.
#[cfg(not(unix))]
pub(crate) fn is_program(path: &Utf8Path) -> bool {
    path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("exe"))
}

/// The name of a program without what the system adds to it.
pub(crate) fn program_name(file: &str) -> &str {
    file.strip_suffix(std::env::consts::EXE_SUFFIX).filter(|name| !name.is_empty()).unwrap_or(file)
}

/// Finds a program on the search path; relative entries of the path are passed over, a checkout must not supply programs.
pub(crate) fn find_program(env: &Env, name: &str) -> Option<camino::Utf8PathBuf> {
    search_path(env)
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|path| is_program(path))
}

/// The absolute folders of the search path.
pub(crate) fn search_path(env: &Env) -> impl Iterator<Item = camino::Utf8PathBuf> {
    std::env::split_paths(env.get("PATH").unwrap_or_default())
        .filter_map(|folder| camino::Utf8PathBuf::from_path_buf(folder).ok())
        .filter(|folder| folder.is_absolute())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Ends the process at the user's second interrupt. The journal holds what a resume needs.
#[expect(clippy::disallowed_methods, clippy::exit, reason = "the user asked for an end without a last word")]
pub(crate) fn abandon() -> ! {
    std::process::exit(pak_model::code::Exit::Interrupted as i32)
}

/// Until the process is asked to stop: by an interrupt, or as service managers ask.
#[cfg(unix)]
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Until the process is asked to stop: by an interrupt, or as service managers ask.
#[cfg(not(unix))]
pub(crate) async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
