//! What is said: messages as they are read, replies as they are written.

use core::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::runs::Timing;

/// A message, filled field by field: after an error it holds what came before, so that the reply can carry the
/// message's number.
#[derive(Debug, Default)]
pub(crate) struct Message<'a> {
    pub(crate) id: Value,
    pub(crate) kind: Option<String>,
    pub(crate) module: Option<String>,
    pub(crate) function: Option<String>,
    /// Not parsed before the problem is known: it may have tens of megabytes.
    pub(crate) input: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// Reads a line.
    pub(crate) fn read(&mut self, line: &'a [u8]) -> Result<(), Failure> {
        let mut json = serde_json::Deserializer::from_slice(line);
        DeserializeSeed::deserialize(self, &mut json)?;
        Ok(json.end()?)
    }

    /// A field that messages of this kind must have.
    pub(crate) fn required<T>(&self, field: &'static str, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| Failure::Missing { kind: self.kind.clone().unwrap_or_default(), field })
    }
}

impl<'a> DeserializeSeed<'a> for &mut Message<'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for &mut Message<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `id` and `kind`")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Field>()? {
            match key {
                Field::Id => self.id = map.next_value()?,
                Field::Kind => self.kind = Some(map.next_value()?),
                Field::Module => self.module = map.next_value()?,
                Field::Function => self.function = map.next_value()?,
                Field::Input => self.input = map.next_value()?,
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if self.kind.is_none() { Err(A::Error::missing_field("kind")) } else { Ok(()) }
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    Id,
    Kind,
    Module,
    Function,
    Input,
    #[serde(other)]
    Other,
}

/// A reply: the message's number, and what its kind asks for.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Reply {
    pub(crate) id: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) success: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timings: Option<Vec<Timing>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// By what the output was found: for tables of ours, no part of the conversation.
    #[serde(skip)]
    pub(crate) mode: Option<&'static str>,
}
