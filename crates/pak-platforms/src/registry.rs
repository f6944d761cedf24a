//! The list of platforms. Adding one is a driver file, a definition file, and a line here.

use std::sync::{Arc, OnceLock};

use pak_model::Result;

use crate::definition::Definition;
use crate::drivers;
use crate::platform::Platform;

type Constructor = fn(Definition) -> Arc<dyn Platform>;

/// Drivers by name.
const DRIVERS: &[(&str, Constructor)] = &[
    ("npm", drivers::npm::NpmDriver::create),
    ("pypi", drivers::pypi::PypiDriver::create),
    ("cargo", drivers::cargo::CargoDriver::create),
    ("oci", drivers::oci::OciDriver::create),
    ("central", drivers::central::CentralDriver::create),
    ("maven", drivers::maven::MavenDriver::create),
];

/// Definitions, in the order people see them.
const DEFINITIONS: &[&str] = &[
    include_str!("../../../platforms/npm.toml"),
    include_str!("../../../platforms/pypi.toml"),
    include_str!("../../../platforms/cargo.toml"),
    include_str!("../../../platforms/docker.toml"),
    include_str!("../../../platforms/central.toml"),
    include_str!("../../../platforms/maven.toml"),
];

/// Every platform, in the order people see them.
pub fn platforms() -> Result<&'static [Arc<dyn Platform>]> {
    static PLATFORMS: OnceLock<Vec<Arc<dyn Platform>>> = OnceLock::new();
    if let Some(platforms) = PLATFORMS.get() {
        return Ok(platforms);
    }
    let mut made = Vec::new();
    for text in DEFINITIONS {
        let definition = Definition::parse(text)?;
        if let Some((_, constructor)) = DRIVERS.iter().find(|(name, _)| *name == definition.driver) {
            made.push(constructor(definition));
        }
    }
    Ok(PLATFORMS.get_or_init(|| made))
}

/// The platform of a name or alias.
pub fn find(name: &str) -> Result<Option<Arc<dyn Platform>>> {
    Ok(platforms()?.iter().find(|platform| platform.definition().is_called(name)).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_has_its_driver_and_every_driver_its_definition() {
        let definitions: Vec<Definition> = DEFINITIONS.iter().map(|text| Definition::parse(text).unwrap()).collect();
        for definition in &definitions {
            assert!(DRIVERS.iter().any(|(name, _)| *name == definition.driver), "{} has no driver", definition.id);
            definition.default_endpoint().unwrap();
        }
        for (name, _) in DRIVERS {
            assert!(definitions.iter().any(|definition| definition.driver == *name), "{name} has no definition");
        }
        assert_eq!(platforms().unwrap().len(), definitions.len());
    }
}
