package io.baton.session.sql;

import io.baton.session.sql.Effect.SetSetting;
import org.jspecify.annotations.Nullable;

/** SET, RESET and their kin. */
final class SettingCommands {
  private SettingCommands() {}

  static void set(StatementReader reader, StatementDraft draft) {
    boolean local = false;
    if (reader.isWord("session")
        && !reader.isWord(1, "authorization")
        && !reader.isWord(1, "characteristics")) {
      reader.at++;
    } else {
      local = reader.accept("local");
    }
    if (reader.acceptAll("session", "characteristics", "as", "transaction")) {
      characteristics(reader, draft);
    } else if (reader.isWord("transaction")) {
      reader.at++;
      transaction(reader, draft);
    } else if (!local && reader.accept("constraints")) {
      draft.is(CommandKind.SET_CONSTRAINTS);
    } else if (reader.acceptAll("session", "authorization")) {
      authorization(reader, draft, local);
    } else if (reader.isWord("role") && !isAssignment(reader, 1)) {
      reader.at++;
      Argument role = identifierOrString(reader);
      finish(reader, draft, CommandKind.SET_ROLE, SettingNames.ROLE, role, local);
    } else {
      plain(reader, draft, local);
    }
  }

  private static boolean isAssignment(StatementReader reader, int ahead) {
    return reader.isWord(ahead, "to") || reader.tokens.isMark(reader.at + ahead, '=');
  }

  private static void plain(StatementReader reader, StatementDraft draft, boolean local) {
    if (reader.acceptAll("time", "zone")) {
      finish(reader, draft, CommandKind.SET, "timezone", SettingValues.timeZone(reader), local);
    } else if (reader.accept("names")) {
      Argument encoding =
          reader.isDone() || reader.accept("default") ? Argument.NULL : identifierOrString(reader);
      finish(reader, draft, CommandKind.SET, "client_encoding", encoding, local);
    } else if (reader.isWord("schema") && reader.tokens.isString(reader.at + 1)) {
      reader.at++;
      Argument path = SettingValues.list(reader, SettingNames.SEARCH_PATH);
      finish(reader, draft, CommandKind.SET, SettingNames.SEARCH_PATH, path, local);
    } else if (reader.acceptAll("xml", "option")) {
      finish(reader, draft, CommandKind.SET, "xmloption", identifierOrString(reader), local);
    } else {
      String name = settingName(reader);
      if (name == null || !(reader.accept("to") || reader.acceptMark('='))) {
        draft.unknown();
      } else if (reader.accept("default")) {
        finish(reader, draft, kindOf(name), name, Argument.NULL, local);
      } else {
        finish(reader, draft, kindOf(name), name, SettingValues.list(reader, name), local);
      }
    }
  }

  private static CommandKind kindOf(String name) {
    return name.equals(SettingNames.ROLE) || name.equals(SettingNames.SESSION_AUTHORIZATION)
        ? CommandKind.SET_ROLE
        : CommandKind.SET;
  }

  private static void finish(
      StatementReader reader,
      StatementDraft draft,
      CommandKind kind,
      String name,
      Argument value,
      boolean local) {
    if (!reader.isDone()) {
      draft.unknown();
    } else {
      draft.is(kind, new SetSetting(name, value, local));
    }
  }

  private static void authorization(StatementReader reader, StatementDraft draft, boolean local) {
    Argument user = reader.accept("default") ? Argument.NULL : identifierOrString(reader);
    finish(reader, draft, CommandKind.SET_ROLE, SettingNames.SESSION_AUTHORIZATION, user, local);
  }

  private static Argument identifierOrString(StatementReader reader) {
    String value = reader.string();
    if (value == null) {
      value = reader.name();
    }
    return value == null ? Argument.HIDDEN : new Argument.Text(value);
  }

  private static void characteristics(StatementReader reader, StatementDraft draft) {
    TransactionModes modes = TransactionCommands.modes(reader);
    if (!reader.isDone() || modes.equals(TransactionModes.NONE)) {
      draft.unknown();
      return;
    }
    draft.is(CommandKind.SET);
    if (modes.isolation() != null) {
      set(draft, "default_transaction_isolation", modes.isolation());
    }
    if (modes.readOnly() != null) {
      set(draft, "default_transaction_read_only", modes.readOnly() ? "on" : "off");
    }
    if (modes.deferrable() != null) {
      set(draft, "default_transaction_deferrable", modes.deferrable() ? "on" : "off");
    }
  }

  private static void set(StatementDraft draft, String name, String value) {
    draft.effects.add(new SetSetting(name, new Argument.Text(value), false));
  }

  private static void transaction(StatementReader reader, StatementDraft draft) {
    if (reader.accept("snapshot")) {
      draft.is(CommandKind.SET_TRANSACTION, new Effect.SetTransaction(TransactionModes.NONE));
      draft.worsen(Replayability.SNAPSHOT);
      return;
    }
    TransactionModes modes = TransactionCommands.modes(reader);
    if (reader.isDone()) {
      draft.is(CommandKind.SET_TRANSACTION, new Effect.SetTransaction(modes));
    } else {
      draft.unknown();
    }
  }

  static void reset(StatementReader reader, StatementDraft draft) {
    if (reader.accept("all")) {
      if (reader.isDone()) {
        draft.is(CommandKind.RESET, new Effect.ResetAll());
      } else {
        draft.unknown();
      }
    } else if (reader.acceptAll("time", "zone")) {
      finish(reader, draft, CommandKind.RESET, "timezone", Argument.NULL, false);
    } else if (reader.acceptAll("session", "authorization")) {
      String name = SettingNames.SESSION_AUTHORIZATION;
      finish(reader, draft, CommandKind.SET_ROLE, name, Argument.NULL, false);
    } else if (reader.acceptAll("transaction", "isolation", "level")) {
      draft.is(CommandKind.SET_TRANSACTION, new Effect.SetTransaction(TransactionModes.NONE));
    } else {
      String name = settingName(reader);
      if (name == null) {
        draft.unknown();
      } else {
        CommandKind kind = kindOf(name) == CommandKind.SET ? CommandKind.RESET : kindOf(name);
        finish(reader, draft, kind, name, Argument.NULL, false);
      }
    }
  }

  private static @Nullable String settingName(StatementReader reader) {
    String first = reader.name();
    if (first == null) {
      return null;
    }
    StringBuilder name = new StringBuilder(first);
    while (reader.acceptMark('.')) {
      String next = reader.name();
      if (next == null) {
        return null;
      }
      name.append('.').append(next);
    }
    return SettingNames.normalize(name.toString());
  }
}
