//! Licences by what they ask of those who use the software. Called by the compatibility rules and the report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spdx::{AdditionItem, LicenseReq};

use super::lax::{PROPRIETARY, PUBLIC_DOMAIN};

/// What a licence asks, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Nothing.
    PublicDomain,
    /// That its notice is kept.
    Permissive,
    /// That changes of its own files are given on (MPL, EPL, CDDL).
    WeakFile,
    /// That changes of the library are given on and that it can be exchanged (LGPL).
    WeakLibrary,
    /// That the whole program is given on under the same terms (GPL).
    Strong,
    /// The same, towards those who use it over a network too (AGPL).
    Network,
    /// Not open: the source can be seen, some uses are forbidden (BUSL, SSPL, Elastic, no derivatives).
    SourceAvailable,
    /// Not open: no commercial use.
    NonCommercial,
    /// Nothing is permitted without asking.
    Proprietary,
    /// Nobody knows.
    Unknown,
}

impl Class {
    /// Whether everyone may use, change and give on the software for any purpose.
    pub fn is_open(self) -> bool {
        self <= Self::Network
    }

    /// The class in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::PublicDomain => "public domain",
            Self::Permissive => "permissive",
            Self::WeakFile => "weak copyleft, by file",
            Self::WeakLibrary => "weak copyleft, by library",
            Self::Strong => "strong copyleft",
            Self::Network => "network copyleft",
            Self::SourceAvailable => "source available",
            Self::NonCommercial => "non-commercial",
            Self::Proprietary => "proprietary",
            Self::Unknown => "unknown",
        }
    }
}

/// The class of a licence with its exception.
pub fn class(licence: &LicenseReq) -> Class {
    let Some(id) = licence.license.id() else {
        return match licence.license.to_string().as_str() {
            PROPRIETARY => Class::Proprietary,
            PUBLIC_DOMAIN => Class::PublicDomain,
            _ => Class::Unknown,
        };
    };
    let class = of_id(id);
    match &licence.addition {
        // The Commons Clause and its like take rights away; nobody but their authors knows what they say.
        Some(AdditionItem::Other(_)) => Class::Unknown,
        Some(AdditionItem::Spdx(exception)) if class == Class::Strong && links(exception.name) => Class::WeakLibrary,
        _ => class,
    }
}

/// Whether an exception to the GPL lets programs under other terms be linked to the work, or be made by it.
fn links(exception: &str) -> bool {
    const LINKING: &[&str] = &[
        "Classpath-exception",
        "GCC-exception",
        "Autoconf-exception",
        "Bison-exception",
        "Font-exception",
        "Libtool-exception",
        "WxWindows-exception",
        "Qt-GPL-exception",
        "OCaml-LGPL-linking-exception",
        "Universal-FOSS-exception",
        "FLTK-exception",
        "Linux-syscall-note",
        "LGPL-3.0-linking-exception",
        "GPL-3.0-linking-exception",
        "u-boot-exception",
        "freertos-exception",
        "mif-exception",
        "i2p-gpl-java-exception",
        "Nokia-Qt-exception",
        "eCos-exception",
        "gnu-javamail-exception",
        "Swift-exception",
        "Bootloader-exception",
        "GNAT-exception",
        "SWI-exception",
        "stunnel-exception",
        "vsftpd-openssl-exception",
    ];
    LINKING.iter().any(|name| exception.starts_with(name))
}

/// Beginnings of ids, the first that fits counts. Licences of the list that are not here are what OSI, FSF and the list's own
/// marks say of them.
const CLASSES: &[(&str, Class)] = &[
    ("CC0-", Class::PublicDomain),
    ("Unlicense", Class::PublicDomain),
    ("PDDL-", Class::PublicDomain),
    ("CC-PDDC", Class::PublicDomain),
    ("CC-PDM", Class::PublicDomain),
    ("NIST-PD", Class::PublicDomain),
    ("SAX-PD", Class::PublicDomain),
    ("blessing", Class::PublicDomain),
    ("AGPL-", Class::Network),
    ("OSL-3.0", Class::Network),
    ("RPL-", Class::Network),
    ("CPAL-", Class::Network),
    ("EUPL-", Class::Network),
    ("NPOSL-", Class::Network),
    ("SSPL-", Class::SourceAvailable),
    ("BUSL-", Class::SourceAvailable),
    ("Elastic-", Class::SourceAvailable),
    ("FSL-", Class::SourceAvailable),
    ("PolyForm-Noncommercial", Class::NonCommercial),
    ("PolyForm-", Class::SourceAvailable),
    ("Hippocratic-", Class::SourceAvailable),
    ("Aladdin", Class::NonCommercial),
    ("CC-BY-NC", Class::NonCommercial),
    ("CC-BY-ND", Class::SourceAvailable),
    ("CC-BY-SA-", Class::Strong),
    ("CC-BY-", Class::Permissive),
    ("CC-SA-", Class::Strong),
    ("LGPL-", Class::WeakLibrary),
    ("LGPLLR", Class::WeakLibrary),
    ("CECILL-C", Class::WeakLibrary),
    ("wxWindows", Class::WeakLibrary),
    ("eCos-", Class::WeakLibrary),
    ("CECILL-B", Class::Permissive),
    ("CECILL-", Class::Strong),
    ("GPL-", Class::Strong),
    ("GFDL-", Class::Strong),
    ("OSL-", Class::Strong),
    ("Sleepycat", Class::Strong),
    ("QPL-", Class::Strong),
    ("ODbL-", Class::Strong),
    ("Parity-", Class::Strong),
    ("copyleft-next-", Class::Strong),
    ("MPL-", Class::WeakFile),
    ("EPL-", Class::WeakFile),
    ("CDDL-", Class::WeakFile),
    ("CPL-", Class::WeakFile),
    ("IPL-", Class::WeakFile),
    ("MS-RL", Class::WeakFile),
    ("APSL-", Class::WeakFile),
    ("SPL-", Class::WeakFile),
    ("NPL-", Class::WeakFile),
    ("LPL-", Class::WeakFile),
    ("ErlPL-", Class::WeakFile),
    ("SISSL", Class::WeakFile),
    ("Interbase-", Class::WeakFile),
    ("YPL-", Class::WeakFile),
    ("RSCPL", Class::WeakFile),
    ("Nokia", Class::WeakFile),
    ("Motosoto", Class::WeakFile),
    ("OCLC-", Class::WeakFile),
    ("gSOAP-", Class::WeakFile),
    ("CUA-OPL-", Class::WeakFile),
    ("Watcom-", Class::Network),
    ("MIT", Class::Permissive),
    ("BSD-", Class::Permissive),
    ("0BSD", Class::Permissive),
    ("HPND", Class::Permissive),
    ("X11", Class::Permissive),
    ("ISC", Class::Permissive),
    ("Zlib", Class::Permissive),
    ("zlib-", Class::Permissive),
    ("curl", Class::Permissive),
    ("libpng", Class::Permissive),
    ("Libpng", Class::Permissive),
    ("libtiff", Class::Permissive),
    ("bzip2-", Class::Permissive),
    ("FTL", Class::Permissive),
    ("OpenSSL", Class::Permissive),
    ("SSLeay", Class::Permissive),
    ("Unicode-", Class::Permissive),
    ("TCL", Class::Permissive),
    ("Info-ZIP", Class::Permissive),
    ("IJG", Class::Permissive),
    ("ICU", Class::Permissive),
    ("PSF-", Class::Permissive),
    ("Python-", Class::Permissive),
    ("CNRI-", Class::Permissive),
    ("Ruby", Class::Permissive),
    ("PHP-", Class::Permissive),
    ("W3C", Class::Permissive),
    ("WTFPL", Class::Permissive),
    ("JSON", Class::Permissive),
    ("Beerware", Class::Permissive),
    ("BlueOak-", Class::Permissive),
    ("Artistic-", Class::Permissive),
    ("ClArtistic", Class::Permissive),
    ("OLDAP-", Class::Permissive),
    ("CDLA-Permissive-", Class::Permissive),
    ("CDLA-Sharing-", Class::Strong),
    ("TermReadKey", Class::Permissive),
    ("SHL-", Class::Permissive),
    ("FSFUL", Class::Permissive),
    ("FSFAP", Class::Permissive),
    ("ANTLR-PD", Class::PublicDomain),
    ("LPPL-", Class::Permissive),
    ("OFL-", Class::Permissive),
    ("Glulxe", Class::Permissive),
    ("TTWL", Class::Permissive),
    ("Spencer-", Class::Permissive),
    ("NTP", Class::Permissive),
    ("Apache-", Class::Permissive),
];

fn of_id(id: spdx::LicenseId) -> Class {
    if let Some((_, class)) = CLASSES.iter().find(|(beginning, _)| id.name.starts_with(beginning)) {
        return *class;
    }
    match (id.is_copyleft(), id.is_osi_approved() || id.is_fsf_free_libre()) {
        (true, _) => Class::Strong,
        (false, true) => Class::Permissive,
        (false, false) => Class::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licences::expression::{self, Expression};

    fn of(text: &str) -> Class {
        class(Expression::parse(text).unwrap().licences()[0])
    }

    #[test]
    fn licences_are_in_their_classes() {
        for (text, class) in [
            ("CC0-1.0", Class::PublicDomain),
            ("MIT", Class::Permissive),
            ("Apache-2.0 WITH LLVM-exception", Class::Permissive),
            ("MPL-2.0", Class::WeakFile),
            ("EPL-2.0", Class::WeakFile),
            ("LGPL-2.1-or-later", Class::WeakLibrary),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Class::WeakLibrary),
            ("GPL-2.0-only", Class::Strong),
            ("CC-BY-SA-4.0", Class::Strong),
            ("AGPL-3.0-only", Class::Network),
            ("BUSL-1.1", Class::SourceAvailable),
            ("SSPL-1.0", Class::SourceAvailable),
            ("CC-BY-ND-4.0", Class::SourceAvailable),
            ("CC-BY-NC-SA-4.0", Class::NonCommercial),
            ("LicenseRef-Proprietary", Class::Proprietary),
            ("LicenseRef-Public-Domain", Class::PublicDomain),
            ("LicenseRef-Mine", Class::Unknown),
            ("Apache-2.0 WITH AdditionRef-Commons-Clause", Class::Unknown),
        ] {
            assert_eq!(of(text), class, "{text}");
        }
    }

    #[test]
    fn what_osi_approves_is_open() {
        for id in expression::listed().filter(|id| id.is_osi_approved()) {
            assert!(of_id(id).is_open(), "{} is {:?}", id.name, of_id(id));
        }
    }
}
