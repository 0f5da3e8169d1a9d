//! Expressions of awk, from the loosest operator to the tightest.

use std::rc::Rc;

use super::super::lex::{Token, is_builtin};
use super::super::regex;
use super::{Expression, Parsed, Parser};

impl Parser {
    /// Expressions up to a closing sign, which is taken too.
    pub(super) fn list(&mut self, close: &str) -> Parsed<Vec<Expression>> {
        let (printing, looping) = (std::mem::take(&mut self.printing), std::mem::take(&mut self.looping));
        let mut list = Vec::new();
        self.newlines();
        while !self.takes(close) {
            list.push(self.expression()?);
            self.newlines();
            if !self.takes(",") && self.sign() != close {
                return self.wrong(close);
            }
            self.newlines();
        }
        (self.printing, self.looping) = (printing, looping);
        Ok(list)
    }

    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.deeper()?;
        let left = self.condition()?;
        let assigns = match self.sign() {
            "=" => Some(None),
            sign @ ("+=" | "-=" | "*=" | "/=" | "%=" | "^=") => Some(sign.strip_suffix('=')),
            "**=" => Some(Some("^")),
            _ => None,
        };
        let result = match assigns {
            Some(operator)
                if matches!(left, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..)) =>
            {
                self.at += 1;
                self.newlines();
                let right = self.expression()?;
                Expression::Assign(operator, Box::new(left), Box::new(right))
            }
            Some(_) => return self.wrong(""),
            None => left,
        };
        self.depth -= 1;
        Ok(result)
    }

    fn condition(&mut self) -> Parsed<Expression> {
        let condition = self.or()?;
        if !self.takes("?") {
            return Ok(condition);
        }
        self.newlines();
        let yes = self.expression()?;
        self.newlines();
        self.expect(":")?;
        self.newlines();
        let no = self.expression()?;
        Ok(Expression::Condition(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn or(&mut self) -> Parsed<Expression> {
        let mut left = self.and()?;
        while self.takes("||") {
            self.newlines();
            left = Expression::Logic(false, Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expression> {
        let mut left = self.member()?;
        while self.takes("&&") {
            self.newlines();
            left = Expression::Logic(true, Box::new(left), Box::new(self.member()?));
        }
        Ok(left)
    }

    fn member(&mut self) -> Parsed<Expression> {
        let mut left = self.fits()?;
        while !self.looping && self.takes("in") {
            let Some(Token::Name(array)) = self.next() else { return self.wrong("an array") };
            let index = match left {
                Expression::Group(list) => list,
                other => vec![other],
            };
            left = Expression::In(index, array);
        }
        Ok(left)
    }

    fn fits(&mut self) -> Parsed<Expression> {
        let mut left = self.comparison()?;
        while let sign @ ("~" | "!~") = self.sign() {
            self.at += 1;
            left = Expression::Fits(sign == "~", Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let left = self.joined()?;
        match self.sign() {
            ">" if self.printing => Ok(left),
            sign @ ("<" | "<=" | "==" | "!=" | ">" | ">=") => {
                self.at += 1;
                Ok(Expression::Compare(sign, Box::new(left), Box::new(self.joined()?)))
            }
            _ => Ok(left),
        }
    }

    /// One value behind another is joined to it.
    pub(super) fn joined(&mut self) -> Parsed<Expression> {
        let mut left = self.sum()?;
        loop {
            let begins = match self.peek() {
                Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Call(_)) => true,
                Some(Token::Sign(sign)) => matches!(*sign, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            if !begins {
                return Ok(left);
            }
            left = Expression::Join(Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let mut left = self.product()?;
        while let sign @ ("+" | "-") = self.sign() {
            self.at += 1;
            left = Expression::Calculate(sign, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Expression> {
        let mut left = self.unary()?;
        while let sign @ ("*" | "/" | "%") = self.sign() {
            self.at += 1;
            left = Expression::Calculate(sign, Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        self.deeper()?;
        let value = match self.sign() {
            "!" => {
                self.at += 1;
                Expression::Not(Box::new(self.unary()?))
            }
            "-" => {
                self.at += 1;
                Expression::Negative(Box::new(self.unary()?))
            }
            "+" => {
                self.at += 1;
                Expression::Positive(Box::new(self.unary()?))
            }
            _ => self.power()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn power(&mut self) -> Parsed<Expression> {
        let left = self.postfix()?;
        if matches!(self.sign(), "^" | "**") {
            self.at += 1;
            let right = self.unary()?;
            return Ok(Expression::Calculate("^", Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Parsed<Expression> {
        let value = self.primary()?;
        let place = matches!(value, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..));
        match self.sign() {
            "++" if place => {
                self.at += 1;
                Ok(Expression::Step(1.0, false, Box::new(value)))
            }
            "--" if place => {
                self.at += 1;
                Ok(Expression::Step(-1.0, false, Box::new(value)))
            }
            _ => Ok(value),
        }
    }

    fn primary(&mut self) -> Parsed<Expression> {
        self.deeper()?;
        let value = self.primary_here()?;
        self.depth -= 1;
        Ok(value)
    }

    fn primary_here(&mut self) -> Parsed<Expression> {
        let Some(token) = self.peek().cloned() else { return self.wrong("") };
        self.at += 1;
        Ok(match token {
            Token::Number(number) => Expression::Number(number),
            Token::Text(text) => Expression::Text(text.into()),
            Token::Regex(text) => Expression::Regex(Rc::new(regex(&text)?)),
            Token::Sign("$") => {
                let of = match self.sign() {
                    "++" | "--" => self.primary()?,
                    "-" => self.unary()?,
                    _ => self.primary()?,
                };
                Expression::Field(Box::new(of))
            }
            Token::Sign(sign @ ("++" | "--")) => {
                let of = self.primary()?;
                Expression::Step(if sign == "++" { 1.0 } else { -1.0 }, true, Box::new(of))
            }
            Token::Sign("-") => Expression::Negative(Box::new(self.primary()?)),
            Token::Sign("(") => {
                let mut list = self.list(")")?;
                match list.len() {
                    0 => return self.wrong(""),
                    1 => match list.pop() {
                        Some(Expression::Group(inner)) => Expression::Group(inner),
                        Some(one) => one,
                        None => return self.wrong(""),
                    },
                    _ => Expression::Group(list),
                }
            }
            Token::Call(name) => {
                self.expect("(")?;
                Expression::Call(name, self.list(")")?)
            }
            Token::Name(name) if is_builtin(&name) => {
                let arguments = if self.takes("(") { self.list(")")? } else { Vec::new() };
                Expression::Builtin(name, arguments)
            }
            Token::Name(name) => {
                if self.takes("[") {
                    Expression::Element(name, self.list("]")?)
                } else {
                    Expression::Variable(name)
                }
            }
            Token::Sign("getline") => return Err("podlab: getline is not simulated".to_owned()),
            _ => {
                self.at -= 1;
                return self.wrong("");
            }
        })
    }
}
