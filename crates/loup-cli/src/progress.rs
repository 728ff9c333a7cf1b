//! Progress bars on the terminal: bytes of total, rows per second, time left.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use loup::Progress;

const REDRAW: Duration = Duration::from_millis(100);

/// Draws the task under way on standard error, and nothing where that is no terminal.
#[derive(Debug)]
pub(crate) struct Bars {
    visible: bool,
    state: Mutex<State>,
    rows: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct State {
    bar: Option<ProgressBar>,
    /// Rows of a result are being printed: a bar would run through them.
    held: bool,
}

impl Bars {
    /// Makes bars that draw on a terminal, unless it is to be quiet.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { visible: !quiet && io::stderr().is_terminal(), state: Mutex::default(), rows: Arc::default() }
    }

    /// Allows bars for the next statement.
    pub(crate) fn allow(&self) {
        self.state().held = false;
    }

    /// Wipes the bar and keeps others away until the next statement.
    pub(crate) fn hold(&self) {
        let mut state = self.state();
        state.held = true;
        wipe(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, task: &str, total_bytes: Option<u64>) -> ProgressBar {
        let template = match total_bytes {
            Some(_) => "{msg} [{bar:24}] {bytes} of {total_bytes}, {rows}, {eta} left",
            None => "{msg} {spinner} {bytes}, {rows}",
        };
        let style = ProgressStyle::with_template(template)
            .expect("the templates are constants that a test reads")
            .progress_chars("=> ")
            .with_key("rows", rows_and_rate(Arc::clone(&self.rows)));
        let bar = total_bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style);
        bar.set_message(task.to_owned());
        bar.enable_steady_tick(REDRAW);
        bar
    }
}

impl Progress for Bars {
    fn started(&self, task: &str, total_bytes: Option<u64>) {
        if !self.visible {
            return;
        }
        let mut state = self.state();
        wipe(&mut state);
        self.rows.store(0, Ordering::Relaxed);
        if !state.held {
            state.bar = Some(self.draw(task, total_bytes));
        }
    }

    fn advanced(&self, bytes: u64, rows: u64) {
        if !self.visible {
            return;
        }
        self.rows.fetch_add(rows, Ordering::Relaxed);
        if let Some(bar) = &self.state().bar {
            bar.inc(bytes);
        }
    }

    fn finished(&self, _task: &str, _rows: u64) {
        // The statement's own line tells rows and time.
        wipe(&mut self.state());
    }
}

fn wipe(state: &mut State) {
    if let Some(bar) = state.bar.take() {
        bar.finish_and_clear();
    }
}

fn rows_and_rate(rows: Arc<AtomicU64>) -> impl Fn(&ProgressState, &mut dyn Write) + Clone + Send + Sync {
    move |state, out| {
        let rows = rows.load(Ordering::Relaxed);
        let rate = rows as f64 / state.elapsed().as_secs_f64().max(0.001);
        let _ = write!(out, "{} rows, {}/s", HumanCount(rows), HumanCount(rate as u64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_templates_can_be_read() {
        let bars = Bars::new(true);
        bars.draw("a", Some(10)).finish_and_clear();
        bars.draw("a", None).finish_and_clear();
    }

    #[test]
    fn nothing_is_drawn_while_rows_are_printed() {
        let bars = Bars { visible: true, state: Mutex::default(), rows: Arc::default() };
        bars.started("copy", Some(10));
        assert!(bars.state().bar.is_some());
        bars.hold();
        assert!(bars.state().bar.is_none());
        bars.started("copy", Some(10));
        assert!(bars.state().bar.is_none());
        bars.allow();
        bars.started("copy", Some(10));
        assert!(bars.state().bar.is_some());
        bars.finished("copy", 1);
        assert!(bars.state().bar.is_none());
    }
}
