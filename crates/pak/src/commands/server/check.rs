//! `pak server check`.

use pak_model::Result;
use pak_model::code::Exit;
use pak_server::operate::check;
use serde_json::json;

use crate::commands::serve::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;
use crate::output::table;

/// Look whether the server would do its work: settings, folders, database, keys, files, mail. Each by name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak server check\n  pak server check --data /var/lib/pak --json")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let (output, settings) = (&context.output, args.place.settings(context, None, None)?);
    context.block_on(async {
        let points = check::all(&settings).await;
        let rows = points.iter().map(|point| {
            let (mark, text) = match &point.problem {
                None => (Mark::Ok, point.note.clone()),
                Some(problem) => {
                    (Mark::Failed, format!("{} {} [{}]", problem.message(), problem.advice(), problem.code().id))
                }
            };
            [output.mark(mark).to_owned(), point.name.to_owned(), text]
        });
        output.line(table::render(["", "CHECK", "FOUND"], rows));
        let failed = points.iter().find_map(|point| point.problem.as_ref());
        output.json(
            &json!({ "ok": failed.is_none(), "checks": points.iter().map(check::Point::shown).collect::<Vec<_>>() }),
        );
        Ok(failed.map_or(Status::OK, |problem| Status::from(problem.code().exit.max(Exit::Internal))))
    })
}
