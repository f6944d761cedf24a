//! The list of protocols, each a driver and a definition, and the list of their hosts, which are definitions alone.
//! `docs/guides/add-a-platform.md` adds one of each.

use std::sync::Arc;

use pak_model::Result;

use crate::definition::Definition;
use crate::drivers;
use crate::platform::Platform;
use crate::platforms::Platforms;

type Constructor = fn(Definition) -> Arc<dyn Platform>;

/// Makes the lists of drivers and of definitions from one line for each protocol.
macro_rules! protocols {
    ($($driver:literal in $file:literal: $create:path,)*) => {
        /// Drivers by name.
        const DRIVERS: &[(&str, Constructor)] = &[$(($driver, $create)),*];

        /// Definitions, in the order people see them.
        pub(crate) const DEFINITIONS: &[&str] = &[$(include_str!(concat!("../../../platforms/", $file))),*];
    };
}

protocols! {
    "npm" in "npm.toml": drivers::npm::NpmDriver::create,
    "pypi" in "pypi.toml": drivers::pypi::PypiDriver::create,
    "cargo" in "cargo.toml": drivers::cargo::CargoDriver::create,
    "oci" in "docker.toml": drivers::oci::OciDriver::create,
    "central" in "central.toml": drivers::central::CentralDriver::create,
    "maven" in "maven.toml": drivers::maven::MavenDriver::create,
    "generic" in "generic.toml": drivers::generic::GenericDriver::create,
    "homebrew" in "homebrew.toml": drivers::homebrew::formulae,
    "homebrew-cask" in "homebrew-cask.toml": drivers::homebrew::casks,
    "scoop" in "scoop.toml": drivers::scoop::create,
}

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

    #[test]
    fn the_definitions_of_the_guide_are_definitions() {
        let guide = include_str!("../../../docs/guides/add-a-platform.md").replace("\r\n", "\n");
        let block = |label: &str| pak_testing::guide::blocks(&guide, label).remove(0);
        let paper = Definition::parse(&block("toml platforms/paper.toml")).unwrap();
        assert_eq!(paper.public_endpoint().unwrap().root.as_str(), "https://papers.example.org/");

        let (host, tables) = crate::layering::of_file(&block("toml platforms/hosts/example.toml")).unwrap();
        let env = pak_model::env::Env::new([("EXAMPLE_GROUP".to_owned(), "acme/tools".to_owned())]);
        let with = [("host".to_owned(), "forge.example.org".to_owned())].into();
        for (id, mut table) in tables {
            let base = DEFINITIONS.iter().map(|text| Definition::table(text).unwrap());
            let base = base.into_iter().find(|base| base["id"] == table["from"]).unwrap();
            table.insert("id".to_owned(), toml::Value::String(id.clone()));
            let definition = crate::layering::read(crate::layering::lay(&base, &[&host, &table])).unwrap();
            let filling = crate::parameters::Filling { target: &id, with: &with, env: &env };
            let root = definition.addresses(&filling).unwrap().root;
            assert!(root.as_str().starts_with("https://forge.example.org/api/groups/acme%2Ftools/"), "{root}");
        }
    }
}
