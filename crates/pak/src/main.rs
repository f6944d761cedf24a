//! The binary `pak`: everything is in the library, so that tests can read the command tree.

fn main() -> std::process::ExitCode {
    pak_cli::main()
}
