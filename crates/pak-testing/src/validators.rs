//! Independent validators of report formats, which `scripts/setup-tests reports` installs.

use crate::client::Client;
use crate::tools::{self, Tool};

/// A format and what its validator proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// The schema of SARIF 2.1.0, as Microsoft's jest-sarif carries it, by check-jsonschema.
    Sarif,
    /// The strict schema of CycloneDX 1.6, by the CycloneDX project's Python library.
    CycloneDx,
    /// SPDX 2.3 with its cross references and licence expressions, by the SPDX project's tools.
    Spdx,
    /// The statements of OpenVEX 0.2.0 and what each status requires, by vexipy. It passes over members it does not know.
    OpenVex,
}

const CYCLONEDX: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1], encoding='utf-8').read(), all_errors=True)
sys.exit('\\n'.join(str(error) for error in errors) if errors else 0)
";

const OPENVEX: &str = "
import sys
from vexipy import Document
Document.model_validate_json(open(sys.argv[1], encoding='utf-8').read())
";

/// What the validator says of a document; none where it is not installed (see [`tools::require_or_skip`]).
pub fn validate(standard: Standard, document: &[u8]) -> Option<Result<(), String>> {
    let tool = match standard {
        Standard::Sarif => Tool::CheckJsonschema,
        Standard::Spdx => Tool::Pyspdxtools,
        Standard::CycloneDx | Standard::OpenVex => Tool::ReportsPython,
    };
    let client = Client::find(tool)?;
    let file = client.home().join(match standard {
        Standard::Sarif => "document.sarif",
        Standard::CycloneDx => "document.cdx.json",
        Standard::Spdx => "document.spdx.json",
        Standard::OpenVex => "document.vex.json",
    });
    std::fs::write(&file, document).expect("a file for the document");
    let output = match standard {
        Standard::Sarif => {
            let schema = tools::tools_folder().map(|tools| {
                tools.join("reports/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
            });
            let schema = tools::require_or_skip("the schema of SARIF", schema.filter(|schema| schema.is_file()))?;
            // One of its patterns is Python's idea of a regular expression, not ECMAScript's.
            client.run(&["--regex-variant", "python", "--schemafile", schema.as_str(), file.as_str()])
        }
        Standard::CycloneDx => client.run(&["-c", CYCLONEDX, file.as_str()]),
        Standard::Spdx => client.run(&["--infile", file.as_str(), "--version", "SPDX-2.3"]),
        Standard::OpenVex => client.run(&["-c", OPENVEX, file.as_str()]),
    };
    Some(if output.success { Ok(()) } else { Err(output.to_string()) })
}
