//! What progress bars show.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use host::terminal::bars;
use indicatif::{ProgressDrawTarget, TermLike};

/// A terminal of 120 columns that keeps what is written.
#[derive(Clone, Debug, Default)]
struct Screen(Arc<Mutex<String>>);

impl TermLike for Screen {
    fn width(&self) -> u16 {
        120
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap().push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.lock().unwrap().clear();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_training_shows_each_number_once() {
    let screen = Screen::default();
    let bar = bars::training(1000, 0).with_prefix("with CutMix, epoch 1/2");
    bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(screen.clone())));
    bar.set_message(bars::score(1.25, 0.5));
    sleep(Duration::from_millis(20));
    bar.set_position(300);
    bar.tick();
    let shown = screen.0.lock().unwrap().clone();
    assert!(shown.contains("300/1000 images · loss 1.250, accuracy 50.0 % · "), "{shown}");
    assert_eq!(
        (shown.matches("/s").count(), shown.matches("· ·").count(), shown.matches(" · ").count()),
        (1, 0, 3),
        "{shown}"
    );
}

/// After a resume 90,000 images are done already: in the tenth of a second from then on, 10 more.
#[test]
fn the_rate_after_a_resume_is_that_of_the_images_since() {
    let bar = bars::training(100_000, 90_000);
    sleep(Duration::from_millis(100));
    bar.set_position(90_010);
    assert!(bar.per_sec() < 200.0, "{} images a second", bar.per_sec());
}
