//! Choosing: what is taken, what is left alone, who meets whom, and what a kill does.

use std::cell::Cell;
use std::io::{Read, Write};
use std::rc::Rc;

use coro::channel::{
    Receiver, Select, SelectTimeoutError, Sender, TrySelectError, after, bounded, never, unbounded,
};
use coro::net::{TcpListener, TcpStream};
use coro::sync::Event;
use coro::thread;
use coro_tests::canary::Drops;

use crate::support::{HOUR, MILLISECOND, MINUTE, watch};

const SELECT: &str = "one of several things (select)";

fn named<T: 'static>(name: &str, body: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(body).unwrap()
}

#[coro::test(seeds = 100)]
fn choices_meet_choices_without_room() {
    let (sender, receiver) = bounded(0);
    let (back, answers) = bounded(0);
    let ends = |number: usize| {
        let (sender, receiver) = (sender.clone(), receiver.clone());
        let back: Sender<usize> = back.clone();
        move || {
            // Both ends of one channel: it must not meet itself.
            let met = coro::select! {
                send(sender, number) -> outcome => { outcome.unwrap(); None }
                recv(receiver) -> message => Some(message.unwrap()),
            };
            if let Some(other) = met {
                assert_ne!(other, number);
                coro::select! { send(back, other) -> outcome => outcome.unwrap() }
            }
        }
    };
    let threads: Vec<_> = (0..6).map(|number| thread::spawn(ends(number))).collect();
    let mut given: Vec<usize> =
        (0..3).map(|_| coro::select! { recv(answers) -> answer => answer.unwrap() }).collect();
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), 3);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[coro::test]
fn only_the_message_of_the_chosen_arm_is_made() {
    let (sender, receiver) = bounded(1);
    let (full, _kept) = bounded::<u32>(0);
    let made = Cell::new(0);
    let make = |number| {
        made.set(made.get() + 1);
        number
    };
    coro::select! {
        send(full, make(1)) -> _ => unreachable!(),
        send(sender, make(2)) -> outcome => outcome.unwrap(),
    }
    assert_eq!((made.get(), receiver.try_recv()), (1, Ok(2)));
}

#[coro::test(start_paused)]
fn a_choice_ends_in_time_and_takes_nothing() {
    let (sender, receiver) = unbounded::<u32>();
    let start = coro::time::now();
    coro::select! {
        recv(receiver) -> _ => unreachable!(),
        default(HOUR) => {}
    }
    coro::select! {
        recv(receiver) -> _ => unreachable!(),
        recv(after(HOUR)) -> when => assert_eq!(when, Ok(start + 2 * HOUR)),
        wait(2 * HOUR) => unreachable!(),
    }
    coro::select! {
        wait(start) => {}
        recv(receiver) -> _ => unreachable!(),
    }
    coro::select! { default(HOUR) => {} }
    assert_eq!(coro::time::now() - start, 3 * HOUR);
    let mut select = Select::new();
    select.recv(&receiver);
    assert_eq!(select.try_select().unwrap_err(), TrySelectError);
    assert_eq!(select.select_timeout(HOUR).unwrap_err(), SelectTimeoutError);
    assert!(select.ready_timeout(HOUR).is_err());
    sender.send(1).unwrap();
    assert_eq!(select.ready(), 0);
    assert_eq!(select.select().recv(&receiver), Ok(1));
}

/// Kills a thread that waits in a choice at one end of a channel, and looks whether the other end still works.
fn killed_in_a_choice(choose: fn(&Sender<u32>, &Receiver<u32>)) {
    let (sender, receiver) = bounded(0);
    let victim = named("victim", {
        let (sender, receiver) = (sender.clone(), receiver.clone());
        move || choose(&sender, &receiver)
    });
    watch::until_parked("victim", SELECT);
    victim.kill();
    assert!(victim.join().unwrap_err().is_killed());
    assert!(sender.try_send(1).is_err() && receiver.try_recv().is_err());
    thread::spawn(move || sender.send(2).unwrap());
    assert_eq!(receiver.recv(), Ok(2));
}

#[coro::test]
fn a_killed_choice_leaves_no_trace() {
    killed_in_a_choice(|_, receiver| coro::select! { recv(receiver) -> _ => {} });
    killed_in_a_choice(|sender, _| coro::select! { send(sender, 0) -> _ => {} });
    killed_in_a_choice(|sender, receiver| {
        coro::select! { send(sender, 0) -> _ => {}, recv(receiver) -> _ => {} }
    });
}

#[coro::test]
fn a_receiver_that_is_killed_while_its_message_is_made_frees_the_sender_for_another() {
    let (sender, receiver) = bounded(0);
    let (go, gate) = bounded::<()>(0);
    let victim = named("victim", {
        let receiver: Receiver<u32> = receiver.clone();
        move || receiver.recv()
    });
    watch::until_parked("victim", "a message of a channel");
    let choosing = named("choosing", move || {
        coro::select! {
            send(sender, { gate.recv().unwrap(); 7 }) -> outcome => outcome.unwrap(),
            recv(never::<()>()) -> _ => unreachable!(),
        }
    });
    watch::until_parked("choosing", "a message of a channel");
    victim.kill();
    assert!(victim.join().unwrap_err().is_killed());
    go.send(()).unwrap();
    watch::until_parked("choosing", "room in a channel");
    assert_eq!(receiver.recv(), Ok(7));
    choosing.join().unwrap();
}

#[coro::test]
fn a_promise_that_is_broken_lets_the_receiver_begin_anew() {
    let (sender, receiver) = bounded(0);
    let (_go, gate) = bounded::<()>(0);
    for chooses in [false, true] {
        let receiving = named("receiving", {
            let receiver: Receiver<u32> = receiver.clone();
            move || {
                if chooses {
                    coro::select! { recv(receiver) -> message => message, recv(never()) -> other => other }
                } else {
                    receiver.recv()
                }
            }
        });
        thread::yield_now();
        let victim = named("victim", {
            let (sender, gate) = (sender.clone(), gate.clone());
            move || coro::select! { send(sender, { gate.recv().unwrap(); 7 }) -> _ => {} }
        });
        watch::until_parked("victim", "a message of a channel");
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        sender.send(8).unwrap();
        assert_eq!(receiving.join().unwrap(), Ok(8));
    }
}

#[coro::test]
fn an_operation_that_is_not_completed_is_given_back() {
    let drops = Drops::default();
    let (sender, receiver) = bounded(2);
    sender.send((1, drops.canary())).unwrap();
    sender.send((2, drops.canary())).unwrap();
    let canary = drops.canary();
    let waiting = named("waiting", move || sender.send((3, canary)).unwrap());
    watch::until_parked("waiting", "room in a channel");
    let mut select = Select::new();
    select.recv(&receiver);
    drop(select.select());
    waiting.join().unwrap();
    let numbers: Vec<u32> = receiver.try_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 2, 3]);

    let (small, narrow) = bounded(1);
    let mut select = Select::new();
    select.send(&small);
    let place = select.select();
    assert!(small.is_full() && small.is_empty());
    let waiting = named("waiting", {
        let small = small.clone();
        move || small.send(4).unwrap()
    });
    watch::until_parked("waiting", "room in a channel");
    drop(place);
    waiting.join().unwrap();
    assert_eq!(narrow.try_recv(), Ok(4));
    drops.expect_none_alive();
}

#[coro::test]
fn a_forgotten_operation_on_a_channel_with_room_harms_nobody_else() {
    let drops = Drops::default();
    let (sender, receiver) = bounded(3);
    sender.send(drops.canary()).unwrap();
    let mut select = Select::new();
    select.recv(&receiver);
    std::mem::forget(select.select());
    sender.send(drops.canary()).unwrap();
    assert!(receiver.recv().is_ok());
    let mut select = Select::new();
    select.send(&sender);
    std::mem::forget(select.select());
    sender.send(drops.canary()).unwrap();
    drop(select);
    drop(receiver);
    assert!(sender.send(drops.canary()).is_err());
    drops.expect_none_alive();
}

#[coro::test(seed = 1)]
fn a_thousand_ready_channels_are_chosen_alike() {
    let channels: Vec<(Sender<usize>, Receiver<usize>)> = (0..1000).map(|_| unbounded()).collect();
    let mut select = Select::new();
    for (number, (sender, receiver)) in channels.iter().enumerate() {
        sender.send(number).unwrap();
        select.recv(receiver);
    }
    const ROUNDS: usize = 100;
    let mut chosen = vec![0; channels.len()];
    for _ in 0..ROUNDS * channels.len() {
        let operation = select.select();
        let (sender, receiver) = &channels[operation.index()];
        let number = operation.recv(receiver).unwrap();
        chosen[number] += 1;
        sender.send(number).unwrap();
    }
    assert!(chosen.iter().all(|count| (ROUNDS / 2..=ROUNDS * 2).contains(count)), "{chosen:?}");
}

#[coro::test(seed = 1)]
fn choices_that_wait_are_claimed_alike() {
    let (sender, receiver) = bounded(0);
    let counts: Rc<[Cell<u32>; 4]> = Rc::default();
    let chooser = thread::spawn({
        let counts = counts.clone();
        move || {
            let mut select = Select::new();
            for _ in 0..4 {
                select.recv(&receiver);
            }
            for _ in 0..400 {
                let operation = select.select();
                let count = &counts[operation.index()];
                count.set(count.get() + 1);
                operation.recv(&receiver).unwrap();
            }
        }
    });
    (0..400).for_each(|number| sender.send(number).unwrap());
    chooser.join().unwrap();
    assert!(counts.iter().all(|count| (50..200).contains(&count.get())), "{counts:?}");
}

#[coro::test]
fn sockets_threads_and_channels_in_one_choice() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let (_sender, receiver) = unbounded::<u32>();
    let mut idle = thread::spawn(thread::park);
    let writer = thread::spawn(move || {
        // It runs for the first time when the main thread is parked in its choice.
        client.write_all(b"x").unwrap();
        client
    });
    coro::select! {
        wait(server.readable()) -> ready => ready.unwrap(),
        wait(&mut idle) => panic!("it is parked"),
        recv(receiver) -> message => panic!("{message:?}"),
        wait(listener.readable()) -> ready => panic!("{ready:?}"),
        wait(MINUTE) => panic!("the byte comes at once"),
    }
    let mut byte = [0];
    server.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"x", "the readiness took nothing");
    drop(writer.join().unwrap());
    idle.thread().unpark();
    coro::select! {
        wait(&mut idle) => idle.join().unwrap(),
        recv(receiver) -> message => panic!("{message:?}"),
    }
}

#[coro::test(seeds = 100)]
fn an_arm_of_none_is_switched_off() {
    let (set, event) = (Event::new(), Event::new());
    set.set();
    let mut worker = Some(thread::spawn(thread::yield_now));
    let mut armed = true;
    let mut came = Vec::new();
    while came.len() < 2 {
        coro::select! {
            wait(armed.then_some(&set)) => { armed = false; came.push("event"); }
            wait(worker.as_mut()) => { worker.take().unwrap().join().unwrap(); came.push("end"); }
            wait(Some(&event)) -> () => unreachable!("nobody sets it"),
        }
    }
    came.sort_unstable();
    assert_eq!(came, ["end", "event"]);
    coro::select! {
        wait(worker.as_mut()) => unreachable!(),
        wait(armed.then_some(&set)) => unreachable!(),
        wait(Some(MILLISECOND)) => {}
    }
}

fn nothing_comes_of_none() {
    coro::select! {
        wait(None::<&Event>) => unreachable!(),
        default(MILLISECOND) => {}
    }
}

#[coro::test(start_paused = true)]
fn a_choice_of_nothing_is_ended_by_time_and_by_kill() {
    nothing_comes_of_none();
    std::thread::spawn(nothing_comes_of_none).join().unwrap();
    let victim = thread::spawn(|| coro::select! { wait(None::<&Event>) => unreachable!() });
    thread::yield_now();
    victim.kill();
    assert!(victim.join().unwrap_err().is_killed());
}

#[coro::test(seeds = 100)]
fn the_ends_of_a_pipe_are_waited_for_like_sockets() {
    let (mut reader, mut writer) = coro::io::pipe().unwrap();
    let fill = thread::spawn(move || {
        let mut filled = 0;
        while filled < 200_000 {
            coro::select! { wait(writer.writable()) -> ready => ready.unwrap() }
            filled += writer.write(&[7; 10_000]).unwrap();
        }
        filled
    });
    let mut drained = 0;
    loop {
        coro::select! {
            wait(reader.readable()) -> ready => ready.unwrap(),
            wait(MINUTE) => panic!("the writer writes on, and goes"),
        }
        match reader.read(&mut [0; 10_000]).unwrap() {
            0 => break,
            read => drained += read,
        }
    }
    assert_eq!(fill.join().unwrap(), drained);
}

#[test]
fn an_os_thread_outside_any_loop_polls_and_is_woken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = bounded(0);
    // It stays open, so that its end is not chosen before the connection.
    let helpers = sender.clone();
    let helper = std::thread::spawn(move || {
        helpers.send(1).unwrap();
        let client = TcpStream::connect(address).unwrap();
        helpers.send(2).unwrap();
        client
    });
    let mut messages = 0;
    let mut connected = false;
    while messages < 2 || !connected {
        coro::select! {
            recv(receiver) -> message => { message.unwrap(); messages += 1; }
            wait(listener.readable()) -> ready => {
                ready.unwrap();
                listener.accept().unwrap();
                connected = true;
            }
            wait(MINUTE) => panic!("both come at once"),
        }
    }
    drop(helper.join().unwrap());
    assert!(sender.try_send(3).is_err(), "nobody receives any more");
    coro::select! {
        wait(listener.readable()) -> ready => panic!("{ready:?}"),
        default(MILLISECOND) => {}
    }
}

#[test]
fn bodies_may_leave_move_and_borrow() {
    fn first(receiver: Receiver<Option<u32>>) -> Option<u32> {
        loop {
            coro::select! {
                recv(receiver) -> message => {
                    drop(receiver);
                    return Some(message.ok()?? + 1);
                }
                recv(after(MINUTE)) -> _ => continue,
                default => break None,
            }
        }
    }
    let (sender, receiver) = unbounded();
    sender.send(Some(1)).unwrap();
    assert_eq!(first(receiver.clone()), Some(2));
    assert_eq!(first(receiver), None);

    let (sender, receiver) = bounded(1);
    let message = String::from("moved by one arm only");
    let kept = coro::select! {
        send(&sender, message) -> Ok(()) | Err(_) => None,
        recv(never::<()>()) -> _ => Some(message),
    };
    assert_eq!(kept, None);
    let boxed = Box::new(receiver);
    let text =
        coro::select_biased! { recv(boxed) -> text => text.unwrap(), default => unreachable!() };
    assert_eq!(text, "moved by one arm only");
}
