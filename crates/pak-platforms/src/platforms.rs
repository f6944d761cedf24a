//! The platforms of a run: the built-in ones and the user's own. The session holds them; the engine and the commands ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use pak_model::{Problem, Result, code};
use toml::{Table, Value};

use crate::definition::Definition;
use crate::layering;
use crate::platform::Platform;
use crate::registry::{DEFINITIONS, HOSTS, construct};

/// Every platform, in the order people see them. Cheap to clone.
#[derive(Clone)]
pub struct Platforms {
    list: Vec<Arc<dyn Platform>>,
    /// What others can be laid over, by id.
    tables: Arc<BTreeMap<String, Table>>,
}

/// A platform that settings define: a base, and what differs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Own {
    /// Its name.
    pub id: String,
    /// Where it is written, for messages: `pak.toml:3`.
    pub origin: String,
    /// The platform it is like.
    pub from: String,
    /// What differs, by the names of a definition's keys.
    pub differs: Table,
    /// Values of the base's parameters.
    pub with: BTreeMap<String, String>,
}

impl Platforms {
    /// Those that need no settings.
    pub fn built_in() -> Result<Self> {
        let mut tables = BTreeMap::new();
        let mut list = Vec::new();
        let mut add = |table: Table, tables: &mut BTreeMap<String, Table>| -> Result<()> {
            let definition = layering::read(table.clone())?;
            tables.insert(definition.id.clone(), table);
            list.extend(construct(definition));
            Ok(())
        };
        for text in DEFINITIONS {
            add(Definition::table(text)?, &mut tables)?;
        }
        for text in HOSTS {
            let (host, platforms) = layering::of_file(text)?;
            for (id, mut table) in platforms {
                let from = table.get("from").and_then(Value::as_str).unwrap_or_default();
                // A protocol whose driver is not built in has no hosts either.
                let Some(base) = tables.get(from) else { continue };
                let base = base.clone();
                table.insert("id".to_owned(), Value::String(id));
                add(layering::lay(&base, &[&host, &table]), &mut tables)?;
            }
        }
        Ok(Self { list, tables: Arc::new(tables) })
    }

    /// The same and the user's own, which may be laid over each other.
    pub fn with(mut self, own: Vec<Own>) -> Result<Self> {
        let mut waiting = own;
        while !waiting.is_empty() {
            let (ready, rest): (Vec<Own>, Vec<Own>) =
                waiting.into_iter().partition(|own| self.find(&own.from).is_some());
            if ready.is_empty() {
                return Err(rest.first().map_or_else(|| self.unknown(""), |own| own.about(&self.unknown(&own.from))));
            }
            for own in ready {
                self.add(&own).map_err(|problem| own.about(&problem))?;
            }
            waiting = rest;
        }
        Ok(self)
    }

    fn add(&mut self, own: &Own) -> Result<()> {
        if self.find(&own.id).is_some() {
            return Err(Problem::new(
                code::config::PLATFORM_EXISTS,
                format!("there is a platform `{}` already.", own.id),
            )
            .next(format!(
                "Give it a name of its own, such as `my-{}`; a target's settings say what differs for one target.",
                own.id
            )));
        }
        let base = self.find(&own.from).ok_or_else(|| self.unknown(&own.from))?;
        let known = &base.definition().parameters;
        if let Some(name) = own.with.keys().find(|name| !known.contains_key(*name)) {
            let takes = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(Problem::new(
                code::config::PARAMETER_UNKNOWN,
                format!("`with` gives `{name}`, which {} does not ask for.", own.from),
            )
            .next(if takes.is_empty() {
                format!("{} takes no parameters.", own.from)
            } else {
                format!("The parameters of {} are: {takes}.", own.from)
            }));
        }
        let parameters = own.with.iter().map(|(name, value)| {
            // What the user wrote here is meant, whatever a CI says.
            let said = [("default", Value::String(value.clone())), ("env", Value::Array(Vec::new()))];
            (name.clone(), Value::Table(said.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
        });
        let mut table = own.differs.clone();
        if !own.with.is_empty() {
            table.insert("parameters".to_owned(), Value::Table(parameters.collect()));
        }
        table.insert("id".to_owned(), Value::String(own.id.clone()));
        table.insert("from".to_owned(), Value::String(base.definition().id.clone()));
        table.entry("title").or_insert_with(|| Value::String(own.id.clone()));
        let base = self.tables.get(&base.definition().id).cloned().unwrap_or_default();
        let laid = layering::lay(&base, &[&table]);
        let definition = layering::read(laid.clone())?;
        Arc::make_mut(&mut self.tables).insert(own.id.clone(), laid);
        self.list.extend(construct(definition));
        Ok(())
    }

    /// The platform of a name or alias.
    pub fn find(&self, name: &str) -> Option<Arc<dyn Platform>> {
        self.list.iter().find(|platform| platform.definition().is_called(name)).cloned()
    }

    /// The platform of a name or alias, or the problem that there is none.
    pub fn named(&self, name: &str) -> Result<Arc<dyn Platform>> {
        self.find(name).ok_or_else(|| self.unknown(name))
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<dyn Platform>> {
        self.list.iter()
    }

    /// Where a platform stands among them, by id; those that are not there come last.
    pub fn rank(&self, id: &str) -> usize {
        self.list.iter().position(|platform| platform.definition().id == id).unwrap_or(self.list.len())
    }

    /// The problem of a name that nothing here has, with the nearest that something has.
    pub fn unknown(&self, name: &str) -> Problem {
        let problem = Problem::new(code::config::PLATFORM_UNKNOWN, format!("There is no platform `{name}`."));
        let definitions = self.list.iter().map(|platform| platform.definition());
        let names = definitions.flat_map(|one| std::iter::once(&one.id).chain(&one.aliases));
        let near = names
            .map(|known| (strsim::jaro_winkler(name, known), known))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(left, _), (right, _)| left.total_cmp(right));
        match near {
            Some((_, near)) => {
                problem.next(format!("Did you mean `{near}`? `pak platform list` shows every platform."))
            }
            None => problem,
        }
    }
}

impl Own {
    fn about(&self, problem: &Problem) -> Problem {
        let told =
            Problem::new(problem.code(), format!("{}: platform `{}`: {}", self.origin, self.id, problem.message()));
        let told = told.about("platform", &self.id).about("origin", &self.origin).next(problem.advice());
        problem.causes().iter().fold(told, Problem::said)
    }
}
