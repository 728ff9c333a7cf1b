//! Arrow types of a dump's columns: typed only where a value's text is one with the value.

use datafusion::arrow::datatypes::DataType;
use loup_text::ddl::Column;
use loup_text::dump::Server;

/// What the values of a column are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// Integers of this type.
    Integer(IntegerType),
    /// Text in the file's character set.
    Text,
    /// Bytes.
    Binary,
}

/// Width and sign of an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum IntegerType {
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
}

impl Class {
    /// Returns what a column's values are read as.
    ///
    /// Only integers are typed: their canonical text is what the dump holds. Numbers with leading zeros (ZEROFILL),
    /// decimals, floats, dates and booleans stay text, so that nothing is rounded or rewritten.
    pub(crate) fn of(column: &Column, server: Server) -> Self {
        use IntegerType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
        let base = column.base_type();
        if base.contains('[') {
            return Self::Text;
        }
        let unsigned = column.has_attribute("unsigned");
        let integer = match (server, base.as_str()) {
            (Server::MySql, _) if column.has_attribute("zerofill") => None,
            (Server::MySql, "tinyint" | "bool" | "boolean" | "int1") => Some(if unsigned { UInt8 } else { Int8 }),
            (Server::MySql, "smallint" | "int2") => Some(if unsigned { UInt16 } else { Int16 }),
            (_, "mediumint" | "middleint" | "int" | "integer" | "int3" | "int4") => {
                Some(if unsigned { UInt32 } else { Int32 })
            }
            (_, "bigint" | "int8") => Some(if unsigned { UInt64 } else { Int64 }),
            (Server::MySql, "serial") => Some(UInt64),
            (Server::Postgres, "smallint" | "int2" | "smallserial" | "serial2") => Some(Int16),
            (Server::Postgres, "serial" | "serial4") => Some(Int32),
            (Server::Postgres, "bigserial" | "serial8") => Some(Int64),
            _ => None,
        };
        match (integer, server, base.as_str()) {
            (Some(integer), ..) => Self::Integer(integer),
            (None, Server::MySql, base) if is_mysql_binary(base) => Self::Binary,
            _ => Self::Text,
        }
    }

    /// Returns the Arrow type.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Binary => DataType::BinaryView,
            Self::Integer(integer) => match integer {
                IntegerType::Int8 => DataType::Int8,
                IntegerType::Int16 => DataType::Int16,
                IntegerType::Int32 => DataType::Int32,
                IntegerType::Int64 => DataType::Int64,
                IntegerType::UInt8 => DataType::UInt8,
                IntegerType::UInt16 => DataType::UInt16,
                IntegerType::UInt32 => DataType::UInt32,
                IntegerType::UInt64 => DataType::UInt64,
            },
        }
    }
}

fn is_mysql_binary(base: &str) -> bool {
    const TYPES: [&str; 16] = [
        "binary",
        "varbinary",
        "blob",
        "tinyblob",
        "mediumblob",
        "longblob",
        "bit",
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
        "vector",
    ];
    TYPES.contains(&base)
}

/// Returns the most characters a column's text can have, where its type says so.
pub(crate) fn max_chars(column: &Column, server: Server) -> Option<u64> {
    let arguments = column.type_arguments();
    let length = arguments.first().copied();
    match (column.base_type().as_str(), server) {
        ("char" | "character", _) => Some(length.unwrap_or(1)),
        ("varchar" | "character varying" | "nvarchar" | "nchar" | "char varying", _) => length,
        // Bytes, of which a character takes up to four; the fewest characters that surely fit.
        ("tinytext", Server::MySql) => Some(255 / 4),
        ("text", Server::MySql) => Some(length.unwrap_or(65_535) / 4),
        ("mediumtext", Server::MySql) => Some(16_777_215 / 4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(sql_type: &str) -> Column {
        Column { sql_type: sql_type.to_owned(), ..Column::default() }
    }

    #[test]
    fn only_integers_and_bytes_are_typed() {
        let mysql = |sql_type| Class::of(&column(sql_type), Server::MySql).data_type();
        assert_eq!(mysql("int(11)"), DataType::Int32);
        assert_eq!(mysql("BIGINT(20) UNSIGNED"), DataType::UInt64);
        assert_eq!(mysql("tinyint(1)"), DataType::Int8);
        assert_eq!(mysql("int(5) unsigned zerofill"), DataType::Utf8View);
        assert_eq!(mysql("decimal(10,2)"), DataType::Utf8View);
        assert_eq!(mysql("year(4)"), DataType::Utf8View);
        assert_eq!(mysql("varbinary(16)"), DataType::BinaryView);
        assert_eq!(mysql("bit(1)"), DataType::BinaryView);
        assert_eq!(mysql("enum('int')"), DataType::Utf8View);
        let postgres = |sql_type| Class::of(&column(sql_type), Server::Postgres).data_type();
        assert_eq!(postgres("integer"), DataType::Int32);
        assert_eq!(postgres("integer[]"), DataType::Utf8View);
        assert_eq!(postgres("bigint"), DataType::Int64);
        assert_eq!(postgres("bytea"), DataType::Utf8View);
        assert_eq!(postgres("boolean"), DataType::Utf8View);
        assert_eq!(postgres("smallint"), DataType::Int16);
    }

    #[test]
    fn declared_lengths_are_in_characters() {
        assert_eq!(max_chars(&column("varchar(20)"), Server::MySql), Some(20));
        assert_eq!(max_chars(&column("character varying(255)"), Server::Postgres), Some(255));
        assert_eq!(max_chars(&column("character varying"), Server::Postgres), None);
        assert_eq!(max_chars(&column("char"), Server::MySql), Some(1));
        assert_eq!(max_chars(&column("tinytext"), Server::MySql), Some(63));
        assert_eq!(max_chars(&column("int(11)"), Server::MySql), None);
    }
}
