package io.baton.benchmarks.overhead;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What is timed: one thing that applications do. */
enum Operation {
  PREPARED_SELECT("prepared-select", "prepared select 1", 1),
  PREPARE_AND_ROW("prepare-and-row", "prepare, one row", 1),
  STATEMENT("statement", "plain statement", 1),
  SCAN("scan", "scan of 1000 rows x 10 columns", 1),
  TRANSACTION("transaction", "transaction: select, update, commit", 3),
  KEYED_INSERT("keyed-insert", "transaction: insert, its key, commit", 2),
  AUTOCOMMIT_UPDATE("autocommit-update", "autocommit update", 1),
  AUDITED_UPDATE("audited-update", "autocommit update, audit trigger", 1),
  FUNCTION("function", "volatile function that leaves the session alone", 1),
  SETTING_FUNCTION("setting-function", "volatile function that sets a setting", 1),
  ALTER_TABLE("alter-table", "15 ALTER TABLEs", 15),
  BATCH("batch", "batch of 100 inserts", 100),
  CONNECT("connect", "connect and close", 0),
  GET_INT("get-int", "getInt on each of 1000 rows held", 0);

  private final String id;
  private final String label;
  private final int statements;

  Operation(String id, String label, int statements) {
    this.id = id;
    this.label = label;
    this.statements = statements;
  }

  String id() {
    return id;
  }

  String label() {
    return label;
  }

  /** How many statements one operation executes. */
  int statements() {
    return statements;
  }

  Work open(ConnectionSource source) throws SQLException {
    return switch (this) {
      case PREPARED_SELECT -> new PreparedSelect(source);
      case PREPARE_AND_ROW -> new PrepareAndRow(source);
      case STATEMENT -> new PlainStatement(source);
      case SCAN -> new Scan(source);
      case TRANSACTION -> new Transaction(source);
      case KEYED_INSERT -> new KeyedInsert(source);
      case AUTOCOMMIT_UPDATE -> new AutocommitUpdate(source, "account");
      case AUDITED_UPDATE -> new AutocommitUpdate(source, "audited");
      case FUNCTION -> new FunctionCall(source, "add_one");
      case SETTING_FUNCTION -> new FunctionCall(source, "remember");
      case ALTER_TABLE -> new AlterTables(source);
      case BATCH -> new Batch(source);
      case CONNECT -> new ConnectAndClose(source);
      case GET_INT -> new GetInt(source);
    };
  }

  static Operation of(String id) {
    return Arrays.stream(values())
        .filter(operation -> operation.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No operation " + id));
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(Operation::id).collect(Collectors.toUnmodifiableList());
  }
}
