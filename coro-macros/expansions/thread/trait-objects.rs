//! A trait of such functions can be behind a `dyn`, and other traits can be among the parameters.

use std::fmt::{Debug, Display};

trait Shape: Debug {
    #[coro::thread]
    fn area(&self) -> f64;

    #[coro::thread]
    fn describe(self: Box<Self>, to: &mut dyn FnMut(&str)) {
        to(&format!("{self:?}"));
    }
}

#[derive(Debug)]
struct Square(f64);

impl Shape for Square {
    #[coro::thread]
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

#[coro::thread]
fn total(shapes: Vec<Box<dyn Shape>>, unit: &dyn Display) -> String {
    let total: f64 = shapes.iter().map(|shape| shape.area().call()).sum();
    format!("{total} {unit}")
}
