use std::fmt::Display;

struct Shelf(Vec<u8>);

impl Shelf {
    #[coro::thread]
    fn items(&self) -> Box<dyn Iterator<Item = u8> + '_> { Box::new(self.0.iter().copied()) }

    #[coro::thread]
    fn first(&self) -> &dyn Display { &self.0[0] }
}

#[coro::thread]
fn show(number: u8) -> Result<Box<dyn Display>, Box<dyn std::error::Error>> {
    if number == 0 { Err("zero")? }
    Ok(Box::new(number))
}

#[coro::main]
fn main() {
    let shelf = Shelf(vec![1, 2]);
    assert_eq!((shelf.items().call().sum::<u8>(), shelf.first().call().to_string()), (3, "1".to_owned()));
    assert_eq!(show(2).spawn().join().unwrap().unwrap().to_string(), "2");
    assert!(show(0).call().is_err());
}
