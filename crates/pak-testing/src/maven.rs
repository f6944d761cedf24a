//! Maven on a machine that reaches no Maven repository: Debian's packaged plugins and libraries stand in for it.
//!
//! Called by tests that run `mvn`: to build a project, to publish as the official client, to resolve what was published.

use camino::Utf8Path;

use crate::client::Client;
use crate::project::Folder;
use crate::tools::{Tool, require_or_skip};

/// Where Debian's packages put what they have, in the layout of a Maven repository.
const REPOSITORY: &str = "/usr/share/maven-repo";

/// An account for a server: Maven's id of it, the user name and the password.
pub type Account<'a> = (&'a str, &'a str, &'a str);

/// `mvn` in a folder whose `.mvn` says to use Debian's repository, or none where that is not installed.
///
/// The settings belong to the folder, so that a `mvn` which `pak` starts there follows them too. The local repository is
/// `.mvn/local` in the same folder: what was downloaded or installed by one folder is not seen by another.
pub fn in_folder(folder: &Folder, accounts: &[Account<'_>]) -> Option<Client> {
    let plugin = Utf8Path::new(REPOSITORY).join("org/apache/maven/plugins/maven-deploy-plugin");
    let ready = plugin.is_dir().then(|| Tool::Mvn.find()).flatten();
    let program = require_or_skip("mvn with Debian's Maven repository", ready)?;
    folder.write(".mvn/settings.xml", settings(&folder.join(".mvn/local"), accounts));
    // One argument a line: what Maven 3.9 and later insist on, and older ones take.
    folder.write(".mvn/maven.config", format!("--settings\n{}\n", folder.join(".mvn/settings.xml")));
    Some(Client::of(program).directory(folder.path()))
}

/// The text of a `settings.xml` with this local repository, these accounts and no repository but Debian's.
fn settings(local: &Utf8Path, accounts: &[Account<'_>]) -> String {
    let servers = accounts.iter().fold(String::new(), |text, (id, user, password)| {
        text + &format!("<server><id>{id}</id><username>{user}</username><password>{password}</password></server>")
    });
    let repository = format!("<id>central</id><url>file://{REPOSITORY}</url>");
    format!(
        "<settings><localRepository>{local}</localRepository><servers>{servers}</servers>\
         <profiles><profile><id>debian</id>\
         <repositories><repository>{repository}</repository></repositories>\
         <pluginRepositories><pluginRepository>{repository}</pluginRepository></pluginRepositories>\
         </profile></profiles><activeProfiles><activeProfile>debian</activeProfile></activeProfiles></settings>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jar_is_built_without_a_network() {
        let folder = Folder::from_text(
            "-- pom.xml --\n<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>\
             <artifactId>hello</artifactId><version>1.0.0</version></project>\n\
             -- src/main/resources/a.txt --\nhi\n",
        );
        let Some(maven) = in_folder(&folder, &[("own", "alice", "secret")]) else { return };
        maven.succeed(&["-B", "-q", "-DskipTests", "package"]);
        assert!(folder.join("target/hello-1.0.0.jar").is_file());
    }
}
