"""Orders as the bookkeeping delivers them, and one row per customer.

``reading`` makes a table of a file (``csv_file``, ``excel_file``, ``parquet_file``), ``columns``, ``dates`` and
``amounts`` decide what its columns and their text mean, ``orders`` gives every row a verdict, ``credit_notes`` finds
the day it counts for, ``quality`` and ``months`` count, ``customers`` adds up per day and customer (``in_memory`` makes
the same rows faster, of a Parquet file with whole numbers). ``engine`` hands out rows as they come. Only the reading
needs DuckDB; from there on everything is Ibis expressions, and the orders never become a pandas frame.

Conventions:

* **Order day.** Orders of one customer on one day are one. Returns and credit notes (negative amounts) are
  netted per day. A day is an order day when its net amount is above zero, or when nothing was returned that
  day (so free orders count).
* **Credit notes.** One that bears the number of an earlier order of the same customer counts on the day of that
  order, any other on its own day. It is known from the day it was booked: before it, the order still stands.
* **Only returns.** A customer without any order day has no last order, and so no place in the customer table.
  The data quality counts these customers and their money.
* **Duplicates.** A row is a duplicate when every column of the file equals that of an earlier row and it has
  an order number. Without an order number two equal rows may be two equal orders: they are kept and counted.
* **Currency.** A row in another currency than the client's, by its currency column or the sign beside its amount,
  is left out and counted: nothing is converted, and two currencies are never added up.
* **Money** is added up exactly, to a hundredth of a cent, so that the order of the rows never changes a sum.
* **Moments with a time zone** count for their day in UTC.
"""

from crmworkbook.transactions.columns import ROLES
from crmworkbook.transactions.customers import Activity, activity, customer_table, customers, order_days
from crmworkbook.transactions.orders import Orders, read_orders
from crmworkbook.transactions.quality import REASONS, DataQuality, LeftOut

__all__ = [
    "REASONS",
    "ROLES",
    "Activity",
    "DataQuality",
    "LeftOut",
    "Orders",
    "activity",
    "customer_table",
    "customers",
    "order_days",
    "read_orders",
]
