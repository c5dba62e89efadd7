//! The rows of the systems that have crossbeam's `select!`.
//!
//! The module that uses [`choosing_rows!`] imports `select`, `unbounded`, `Sender` and `Receiver` besides its `sys`.

/// Times a choice between two channels.
macro_rules! choosing_rows {
    () => {
        /// Times choices between two channels that both have messages.
        pub(in crate::micro) fn ready_choices(_threads: usize, iterations: usize) -> Duration {
            sys::run(move || {
                let channels = [unbounded::<usize>(), unbounded::<usize>()];
                for number in 0..iterations {
                    channels
                        .iter()
                        .for_each(|(sender, _)| sender.send(number).expect("it is open"));
                }
                let [(_, first), (_, second)] = &channels;
                let start = Instant::now();
                for _ in 0..iterations {
                    black_box(select! {
                        recv(first) -> number => number.expect("there are enough"),
                        recv(second) -> number => number.expect("there are enough"),
                    });
                }
                start.elapsed()
            })
        }

        /// Times choices that wait: two threads answer in turn, and nobody knows who is next.
        pub(in crate::micro) fn waiting_choices(_threads: usize, iterations: usize) -> Duration {
            sys::run(move || {
                let (first, second) = (Partner::spawn(), Partner::spawn());
                let start = Instant::now();
                first.requests.send(0).expect("the partner is there");
                for number in 0..iterations {
                    black_box(select! {
                        recv(first.answers) -> answer => answer.expect("the partner is there"),
                        recv(second.answers) -> answer => answer.expect("the partner is there"),
                    });
                    let next = if number % 2 == 0 { &second } else { &first };
                    next.requests.send(number).expect("the partner is there");
                }
                start.elapsed()
            })
        }

        /// A thread that sends back what it gets.
        struct Partner {
            requests: Sender<usize>,
            answers: Receiver<usize>,
        }

        impl Partner {
            fn spawn() -> Partner {
                let ((requests, inbox), (outbox, answers)) = (unbounded(), unbounded());
                sys::spawn(move || {
                    // At the end nobody takes the last answer.
                    inbox.iter().all(|number| outbox.send(number).is_ok());
                });
                Partner { requests, answers }
            }
        }
    };
}

pub(super) use choosing_rows;
