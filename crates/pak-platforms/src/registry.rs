//! The lists of drivers and definitions. Adding a protocol is a driver file, a definition file, and a line in two lists here;
//! adding a host of one is a file in `platforms/hosts/` and a line here.

use std::sync::Arc;

use pak_model::Result;

use crate::definition::Definition;
use crate::drivers;
use crate::platform::Platform;
use crate::platforms::Platforms;

type Constructor = fn(Definition) -> Arc<dyn Platform>;

/// Drivers by name.
const DRIVERS: &[(&str, Constructor)] = &[
    ("npm", drivers::npm::NpmDriver::create),
    ("pypi", drivers::pypi::PypiDriver::create),
    ("cargo", drivers::cargo::CargoDriver::create),
    ("oci", drivers::oci::OciDriver::create),
    ("central", drivers::central::CentralDriver::create),
    ("maven", drivers::maven::MavenDriver::create),
    ("generic", drivers::generic::GenericDriver::create),
    ("homebrew", drivers::homebrew::formulae),
    ("homebrew-cask", drivers::homebrew::casks),
    ("scoop", drivers::scoop::create),
];

/// Definitions, in the order people see them.
pub(crate) const DEFINITIONS: &[&str] = &[
    include_str!("../../../platforms/npm.toml"),
    include_str!("../../../platforms/pypi.toml"),
    include_str!("../../../platforms/cargo.toml"),
    include_str!("../../../platforms/docker.toml"),
    include_str!("../../../platforms/central.toml"),
    include_str!("../../../platforms/maven.toml"),
    include_str!("../../../platforms/generic.toml"),
    include_str!("../../../platforms/homebrew.toml"),
    include_str!("../../../platforms/homebrew-cask.toml"),
    include_str!("../../../platforms/scoop.toml"),
];

/// Hosts of these protocols: definitions alone.
pub(crate) const HOSTS: &[&str] = &[
    include_str!("../../../platforms/hosts/gitlab.toml"),
    include_str!("../../../platforms/hosts/gitea.toml"),
    include_str!("../../../platforms/hosts/codeberg.toml"),
    include_str!("../../../platforms/hosts/github.toml"),
    include_str!("../../../platforms/hosts/registries.toml"),
    include_str!("../../../platforms/hosts/nexus.toml"),
    include_str!("../../../platforms/hosts/artifactory.toml"),
    include_str!("../../../platforms/hosts/cloudsmith.toml"),
    include_str!("../../../platforms/hosts/azure.toml"),
    include_str!("../../../platforms/hosts/others.toml"),
];

/// The platform of a definition; `None` where its driver is not built in.
pub(crate) fn construct(definition: Definition) -> Option<Arc<dyn Platform>> {
    let (_, constructor) = DRIVERS.iter().find(|(name, _)| *name == definition.driver)?;
    Some(constructor(definition))
}

/// A built-in platform by its name or alias, for those who have no settings at hand.
pub fn find(name: &str) -> Result<Option<Arc<dyn Platform>>> {
    Ok(Platforms::built_in()?.find(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Proof;

    #[test]
    fn every_definition_has_its_driver_and_every_driver_its_definition() {
        let definitions: Vec<Definition> = DEFINITIONS.iter().map(|text| Definition::parse(text).unwrap()).collect();
        for definition in &definitions {
            assert!(DRIVERS.iter().any(|(name, _)| *name == definition.driver), "{} has no driver", definition.id);
        }
        for (name, _) in DRIVERS {
            assert!(definitions.iter().any(|definition| definition.driver == *name), "{name} has no definition");
        }
    }

    #[test]
    fn every_platform_has_an_address_once_its_examples_are_filled_in() {
        let env = pak_model::env::Env::default();
        let platforms = Platforms::built_in().unwrap();
        let mut names = std::collections::BTreeSet::new();
        for platform in platforms.iter() {
            let definition = platform.definition();
            for name in std::iter::once(&definition.id).chain(&definition.aliases) {
                assert!(names.insert(name.clone()), "{name} is there twice");
            }
            let examples =
                definition.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.example.clone()));
            let with = examples.collect();
            let filling = crate::parameters::Filling { target: &definition.id, with: &with, env: &env };
            let endpoint = definition.addresses(&filling).unwrap();
            let urls = [Some(&endpoint.root), endpoint.upload.as_ref(), endpoint.index.as_ref()];
            for url in urls.into_iter().flatten() {
                assert!(
                    !url.as_str().contains(['{', '}']) && !url.as_str().contains("%7B"),
                    "{}: {url}",
                    definition.id
                );
            }
            // What is public of a protocol is its base's alone.
            let public = definition.public_endpoint().map(|public| public.root).ok();
            assert!(definition.public.is_none() || public != Some(endpoint.root), "{}", definition.id);
            assert!(definition.token_command.is_empty(), "{} would run a program", definition.id);
            assert!(
                definition.from.is_none() || definition.proof == Proof::Emulated || definition.uncertain.is_empty()
            );
        }
    }

    #[test]
    fn every_host_is_of_a_protocol_that_is_there() {
        let platforms = Platforms::built_in().unwrap();
        for text in HOSTS {
            let (_, tables) = crate::layering::of_file(text).unwrap();
            for (id, table) in tables {
                let from = table["from"].as_str().unwrap().to_owned();
                assert!(platforms.find(&from).is_some() == platforms.find(&id).is_some(), "{id} is like {from}");
            }
        }
    }
}
