//! A report as it is: the form that scripts, the server and `pak` itself read back.

use std::io;

use crate::report::Report;

/// Writes the report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    super::document(report, out)
}
