//! POMs, Maven's manifests, with what they inherit from parents in the same project. Detection reads packages from them;
//! `pak-build` reads what a finished one says and writes out placeholders.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::xml::{self, Element};
use pak_model::{Result, code, placeholder};

use crate::manifest::{folder_of, invalid, read_text};
use crate::workspace::resolve;

/// The file's name.
pub const FILE: &str = "pom.xml";

/// How many parents a POM may have, and how deep properties may refer to each other.
const DEEPEST: usize = 16;
/// The longest text a placeholder may grow to: properties that double each other must not fill memory.
const LONGEST: usize = 64 << 10;

/// One POM.
#[derive(Debug, Clone)]
pub struct Pom {
    text: String,
    project: Element,
}

impl Pom {
    /// Parses the text; the root must be `<project>`.
    pub fn parse(text: &str) -> Result<Self, xml::Error> {
        let project = xml::parse(text)?;
        if project.name != "project" {
            return Err(xml::Error { line: 1, message: format!("<{}> where <project> is due", project.name) });
        }
        Ok(Self { text: text.to_owned(), project })
    }

    /// The root element.
    pub fn project(&self) -> &Element {
        &self.project
    }

    /// The text it was parsed from; places of elements are places in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Folders of modules, relative to the POM's own, those of profiles included.
    pub fn modules(&self) -> Vec<&str> {
        let holders = std::iter::once(&self.project).chain(self.profiles());
        let names = holders.flat_map(listed).map(|name| name.strip_suffix("/pom.xml").unwrap_or(name));
        names.filter(|name| !name.is_empty()).collect()
    }

    fn profiles(&self) -> impl Iterator<Item = &Element> {
        self.project.child("profiles").into_iter().flat_map(|profiles| profiles.children("profile"))
    }

    fn own(&self, name: &str) -> Option<&str> {
        self.project.text_at(&[name]).or_else(|| self.project.text_at(&["parent", name]))
    }

    /// Where the parent's POM is to be found in the project, relative to it; none where it comes from a repository.
    fn parent_file(&self, file: &Utf8Path) -> Option<Utf8PathBuf> {
        let parent = self.project.child("parent")?;
        let path = match parent.child("relativePath") {
            Some(path) if path.text.is_empty() => return None,
            Some(path) => path.text.as_str(),
            None => "../pom.xml",
        };
        let path = resolve(&folder_of(file), &path.replace('\\', "/"))?;
        Some(if path.extension() == Some("xml") { path } else { path.join(FILE) })
    }

    /// Whether another POM is the parent that this one names, and not one that happens to lie there.
    fn names_as_parent(&self, other: &Self) -> bool {
        let named = |name| self.project.text_at(&["parent", name]);
        let agrees = |named: Option<&str>, there: Option<&str>| match (named, there) {
            (Some(named), Some(there)) => named == there || named.contains("${") || there.contains("${"),
            _ => false,
        };
        agrees(named("artifactId"), other.project.text_at(&["artifactId"]))
            && agrees(named("groupId"), other.own("groupId"))
            && agrees(named("version"), other.own("version"))
    }
}

/// The modules that a project or a profile lists, under both names that Maven has for them.
fn listed(element: &Element) -> impl Iterator<Item = &str> {
    let lists = [("modules", "module"), ("subprojects", "subproject")];
    lists
        .into_iter()
        .filter_map(|(list, item)| Some(element.child(list)?.children(item)))
        .flatten()
        .map(|module| module.text.as_str())
}

/// A POM with its parents in the project, nearest first.
#[derive(Debug, Clone)]
pub struct Lineage<'a> {
    poms: Vec<&'a Pom>,
    /// Properties given on Maven's command line (`.mvn/maven.config`): they win over those of POMs.
    given: &'a [(String, String)],
}

impl<'a> Lineage<'a> {
    /// The POM of a file; `find` gives the POMs of other files of the project.
    pub fn new(
        pom: &'a Pom,
        file: &Utf8Path,
        given: &'a [(String, String)],
        find: impl Fn(&Utf8Path) -> Option<&'a Pom>,
    ) -> Self {
        let mut poms = vec![pom];
        let (mut file, mut last) = (file.to_owned(), pom);
        while poms.len() < DEEPEST
            && let Some(above) = last.parent_file(&file)
            && let Some(parent) = find(&above)
            && last.names_as_parent(parent)
        {
            poms.push(parent);
            (file, last) = (above, parent);
        }
        Self { poms, given }
    }

    /// The POM itself.
    pub fn pom(&self) -> &'a Pom {
        self.poms[0]
    }

    /// The group id.
    pub fn group(&self) -> Option<String> {
        self.pom().own("groupId").map(|text| self.resolve(text))
    }

    /// The artifact id.
    pub fn artifact(&self) -> Option<String> {
        self.pom().project.text_at(&["artifactId"]).map(|text| self.resolve(text))
    }

    /// The version.
    pub fn version(&self) -> Option<String> {
        self.pom().own("version").map(|text| self.resolve(text))
    }

    /// `jar` where it says nothing.
    pub fn packaging(&self) -> String {
        self.pom().project.text_at(&["packaging"]).map_or_else(|| "jar".to_owned(), |text| self.resolve(text))
    }

    /// The first element at a path, from this POM upwards.
    pub fn inherited(&self, path: &[&str]) -> Option<&'a Element> {
        self.poms.iter().find_map(|pom| pom.project.at(path))
    }

    /// The first text at a path, from this POM upwards, placeholders filled in.
    pub fn inherited_text(&self, path: &[&str]) -> Option<String> {
        self.poms.iter().find_map(|pom| pom.project.text_at(path)).map(|text| self.resolve(text))
    }

    /// Every element at a path, in this POM and its parents: `["build", "plugins", "plugin"]`.
    pub fn all(&self, path: &[&str]) -> Vec<&'a Element> {
        let Some((last, above)) = path.split_last() else { return Vec::new() };
        let lists = self.poms.iter().filter_map(|pom| pom.project.at(above));
        lists.flat_map(|list| list.children.iter()).filter(|child| child.name == *last).collect()
    }

    /// Whether the last POM known names a parent that is not in the project, so that more may be inherited than is known.
    pub fn has_outside_parent(&self) -> bool {
        self.poms.last().is_some_and(|last| last.project.child("parent").is_some())
    }

    /// Why Maven would not deploy it, where it would not.
    pub fn withheld(&self) -> Option<String> {
        let property = |name: &str| {
            let is_set = self.property(name).is_some_and(|value| self.resolve(&value) == "true");
            is_set.then(|| format!("`{name}` is true in its POM or a parent's"))
        };
        let plugin = || {
            let plugins = self.all(&["build", "plugins", "plugin"]);
            let mut deploys =
                plugins.iter().filter(|plugin| plugin.text_at(&["artifactId"]) == Some("maven-deploy-plugin"));
            let skip = deploys.find_map(|plugin| plugin.text_at(&["configuration", "skip"]))?;
            (self.resolve(skip) == "true").then(|| "`skip` of maven-deploy-plugin is true".to_owned())
        };
        property("maven.deploy.skip").or_else(|| property("maven.install.skip")).or_else(plugin)
    }

    /// Fills in placeholders as far as they are known; others stay.
    pub fn resolve(&self, text: &str) -> String {
        self.expand(text, 0)
    }

    fn expand(&self, text: &str, depth: usize) -> String {
        let mut left = LONGEST;
        let mut out = placeholder::fill(text, |name| {
            let value = self.property(name.trim()).filter(|_| depth < DEEPEST && left > 0)?;
            let value = self.expand(&value, depth + 1);
            left = left.saturating_sub(value.len());
            Some(value)
        });
        out.truncate(out.floor_char_boundary(LONGEST));
        out
    }

    /// A property as written, placeholders and all.
    fn property(&self, name: &str) -> Option<String> {
        if let Some((_, value)) = self.given.iter().find(|(given, _)| given == name) {
            return Some(value.clone());
        }
        let built_in = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")).unwrap_or(name);
        let own = match built_in {
            "version" | "groupId" => self.pom().own(built_in),
            "artifactId" | "packaging" | "name" if name != built_in => self.pom().project.text_at(&[built_in]),
            _ => built_in.strip_prefix("parent.").and_then(|field| self.pom().project.text_at(&["parent", field])),
        };
        let set = || self.poms.iter().find_map(|pom| pom.project.child("properties")?.child(name));
        own.map(str::to_owned).or_else(|| set().map(|element| element.text.clone()))
    }
}

/// The POMs of a file and its parents in the project, nearest first, and the properties given to Maven there.
pub struct Family {
    members: Vec<(Utf8PathBuf, Pom)>,
    given: Vec<(String, String)>,
}

impl Family {
    /// Reads them. `file` is relative to the project.
    pub fn read(project: &Utf8Path, file: &Utf8Path) -> Result<Self> {
        let mut members: Vec<(Utf8PathBuf, Pom)> = Vec::new();
        let mut next = Some(file.to_owned());
        while let Some(file) = next.take().filter(|_| members.len() < DEEPEST) {
            let is_parent = !members.is_empty();
            let text = match read_text(project, &file) {
                Ok(text) => text,
                // A parent that is not there comes from a repository.
                Err(problem) if is_parent && problem.code() == code::project::UNREADABLE => break,
                Err(problem) => return Err(problem),
            };
            let pom = Pom::parse(&text).map_err(|error| invalid(&file, Some(error.line), error.message))?;
            next = pom.parent_file(&file);
            members.push((file, pom));
        }
        Ok(Self { members, given: given(project) })
    }

    /// The POM of `file`, or another one in its place (a flattened one), with the parents of this family.
    pub fn lineage<'a>(&'a self, pom: &'a Pom, file: &Utf8Path) -> Lineage<'a> {
        let find = |wanted: &Utf8Path| self.members.iter().find(|(file, _)| file == wanted).map(|(_, pom)| pom);
        Lineage::new(pom, file, &self.given, find)
    }

    /// Where they lie, relative to the project.
    pub fn files(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.members.iter().map(|(file, _)| file)
    }

    /// The file's own POM.
    pub fn pom(&self) -> &Pom {
        &self.members[0].1
    }
}

/// `-Dname=value` of `.mvn/maven.config`, where projects keep what every build of theirs is given.
pub(crate) fn given(project: &Utf8Path) -> Vec<(String, String)> {
    let Ok(text) = read_text(project, ".mvn/maven.config".into()) else { return Vec::new() };
    let words = text.split_whitespace().filter_map(|word| word.strip_prefix("-D"));
    words.filter_map(|word| word.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pom(inside: &str) -> Pom {
        Pom::parse(&format!("<project>{inside}</project>")).unwrap()
    }

    const PARENT: &str = "<groupId>org.example</groupId><artifactId>parent</artifactId><version>${revision}</version>\
        <properties><revision>1.2</revision><a>${b}</a><b>${a}</b></properties>";
    const CHILD: &str = "<parent><groupId>org.example</groupId><artifactId>parent</artifactId>\
        <version>${revision}</version></parent><artifactId>child</artifactId>";

    #[test]
    fn coordinates_are_inherited_and_filled_in() {
        let (parent, child) = (pom(PARENT), pom(CHILD));
        let find = |file: &Utf8Path| (file == "pom.xml").then_some(&parent);
        let lineage = Lineage::new(&child, "child/pom.xml".into(), &[], find);
        assert_eq!(lineage.group().as_deref(), Some("org.example"));
        assert_eq!(lineage.version().as_deref(), Some("1.2"));
        assert_eq!(
            lineage.resolve("${project.artifactId}-${project.parent.version}-${unknown}"),
            "child-1.2-${unknown}"
        );
        // Properties that name each other in a circle end somewhere.
        assert!(lineage.resolve("${a}").contains("${"));
        let given = [("revision".to_owned(), "9".to_owned())];
        assert_eq!(Lineage::new(&child, "child/pom.xml".into(), &given, find).version().as_deref(), Some("9"));
        let alone = Lineage::new(&child, "child/pom.xml".into(), &[], |_| None);
        assert_eq!((alone.version().as_deref(), alone.has_outside_parent()), (Some("${revision}"), true));
    }

    #[test]
    fn a_pom_that_happens_to_lie_above_is_no_parent() {
        let stranger = pom("<groupId>org.example</groupId><artifactId>other</artifactId><version>1</version>");
        let child = pom(CHILD);
        let lineage = Lineage::new(&child, "child/pom.xml".into(), &[], |_| Some(&stranger));
        assert_eq!(lineage.version().as_deref(), Some("${revision}"));
        let elsewhere = CHILD.replace("</parent>", "<relativePath/></parent>");
        assert_eq!(pom(&elsewhere).parent_file("child/pom.xml".into()), None);
    }

    #[test]
    fn modules_and_what_is_not_deployed() {
        let root = pom(
            "<modules><module>core</module><module> cli/pom.xml </module></modules><profiles><profile><modules><module>extra</module></modules></profile></profiles>",
        );
        assert_eq!(root.modules(), ["core", "cli", "extra"]);
        for inside in [
            "<properties><maven.deploy.skip>true</maven.deploy.skip></properties>",
            "<properties><maven.install.skip> true </maven.install.skip></properties>",
            "<build><plugins><plugin><artifactId>maven-deploy-plugin</artifactId><configuration><skip>${no}</skip></configuration></plugin></plugins></build><properties><no>true</no></properties>",
        ] {
            let pom = pom(inside);
            assert!(Lineage::new(&pom, "pom.xml".into(), &[], |_| None).withheld().is_some(), "{inside}");
        }
        assert_eq!(Lineage::new(&root, "pom.xml".into(), &[], |_| None).withheld(), None);
    }
}
