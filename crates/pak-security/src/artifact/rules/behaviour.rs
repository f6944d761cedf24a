//! What the code of the package does wherever it runs: credentials that leave, code that spreads, code that hides.

use super::{hooks, named};
use crate::artifact::code::{Code, Doing, Evidence};
use crate::artifact::facts::{Facts, File};
use crate::artifact::signal::{Rule, Signal, rule};

rule!(
    READS_AND_SENDS,
    "reads-credentials",
    b"LHN",
    Possible,
    "code reads a credential and talks to the network",
    "Tools that publish or deploy do this; most packages do not. Make sure that the credential goes only where it belongs."
);
rule!(
    GATHERS,
    "gathers-credentials",
    b"HCM",
    Likely,
    "code gathers credentials and can send them away",
    "Do not publish this unless the package is made for it. If you did not write it: look at the last commits to the file, and \
     revoke the tokens of the machine it was built on from another machine."
);
rule!(
    SPREADS,
    "spreads-itself",
    b"HCL",
    Likely,
    "code changes pipelines or publishes packages with credentials it finds",
    "This is how worms spread from package to package. If it is not what the package is for, find the commit that brought it."
);
rule!(
    DROPS,
    "odd-address",
    b"MHL",
    Likely,
    "code talks to a place where stolen things are dropped",
    "Public request bins, paste sites and bare addresses have no place in a release. Find out what is sent there."
);
rule!(
    RUNS_DOWNLOAD,
    "runs-downloaded-code",
    b"MHL",
    Possible,
    "code fetches text and runs it",
    "Whoever controls the address controls the users' machines. Put the code into the package."
);
rule!(
    HIDDEN,
    "hidden-code",
    b"MHL",
    Likely,
    "code hides what it does",
    "Publish code that people can read, or its minified form with a source map. If nobody on the team made this, find the \
     commit that brought it."
);
rule!(
    UNSEEN,
    "unseen-characters",
    b"HCM",
    Certain,
    "characters that nobody sees stand in the code",
    "Look at the line in an editor that shows every character, and take them out: a program can be written in them."
);
rule!(
    TURNED,
    "turned-text",
    b"HHM",
    Certain,
    "characters turn the reading direction around in the code",
    "Take them out: what a reviewer sees is not what runs."
);
rule!(
    PERSISTS,
    "persists",
    b"LMN",
    Possible,
    "code changes what runs later on the machine",
    "Make sure that this is what the package is for."
);

/// Signals of all code.
pub(super) fn signals(facts: &Facts) -> Vec<Signal> {
    // What runs by itself has rules of its own, which weigh more.
    let by_itself = hooks::reached(facts);
    let mut signals = Vec::new();
    for file in &facts.files {
        let Some(code) = &file.code else { continue };
        let hook = by_itself.contains(&file.inner);
        of_file(file, code, hook, &mut signals);
    }
    signals
}

fn of_file(file: &File, code: &Code, hook: bool, signals: &mut Vec<Signal>) {
    let all: Vec<&Evidence> = code.evidence.iter().collect();
    let does = |doing| code.does(doing);
    let line = |doing: &[Doing]| all.iter().find(|one| doing.contains(&one.doing)).map(|one| one.line);
    let mut add = |rule: &'static Rule, line: Option<u32>, message: String| {
        signals.push(Signal {
            rule,
            path: file.path.clone(),
            line,
            message: format!("{} {message}", file.inner),
            key: file.stable.clone(),
            content: Some(file.digest),
        });
    };
    let takes = [Doing::Credential, Doing::Harvest];
    let sends = [Doing::Network, Doing::Drop];
    let hosts: Vec<&str> = code.hosts.keys().map(String::as_str).collect();
    let to = if hosts.is_empty() { String::new() } else { format!(" to {}", super::listed(&hosts, 3)) };
    let kinds = all.iter().filter(|one| one.doing == Doing::Credential).count();
    let takes_any = does(Doing::Credential) || does(Doing::Harvest);
    let sends_any = does(Doing::Network) || does(Doing::Drop);
    if takes_any && sends_any && !hook {
        let text = format!("reads {} and can send it away{to} ({}).", named(&all, &takes), named(&all, &sends));
        let searches = all.iter().any(|one| one.doing == Doing::Harvest && one.what.starts_with("a search"));
        let grave = kinds >= 3
            || searches
            || does(Doing::Drop)
            || code.obfuscation.is_hidden()
            || does(Doing::Harvest) && kinds >= 1;
        add(if grave { &GATHERS } else { &READS_AND_SENDS }, line(&takes), text);
    }
    if (does(Doing::Workflow) || does(Doing::Publish)) && takes_any && (sends_any || does(Doing::Process)) {
        let text =
            format!("uses {} together with {}.", named(&all, &takes), named(&all, &[Doing::Workflow, Doing::Publish]));
        add(&SPREADS, line(&[Doing::Workflow, Doing::Publish]), text);
    }
    if does(Doing::Drop) && !(takes_any && sends_any) {
        add(&DROPS, line(&[Doing::Drop]), format!("names {}{to}.", named(&all, &[Doing::Drop])));
    }
    // A bundle of everything holds all of these words somewhere.
    if sends_any && does(Doing::Evaluate) && does(Doing::Decode) && !hook && !code.obfuscation.minified {
        let text = format!("talks to the network{to}, decodes text and runs it ({}).", named(&all, &[Doing::Evaluate]));
        add(&RUNS_DOWNLOAD, line(&[Doing::Evaluate]), text);
    }
    if code.obfuscation.is_hidden() && !hook {
        add(&HIDDEN, None, format!("hides what it does: {}.", code.obfuscation.reasons.join("; ")));
    }
    if let Some(at) = code.obfuscation.unseen {
        add(&UNSEEN, Some(at), format!("has a long run of characters in line {at} that no editor shows."));
    }
    if let Some(at) = code.obfuscation.turned {
        add(&TURNED, Some(at), format!("has characters in line {at} that make it read differently than it runs."));
    }
    if does(Doing::Persist) && !hook {
        add(&PERSISTS, line(&[Doing::Persist]), format!("touches {}.", named(&all, &[Doing::Persist])));
    }
}
