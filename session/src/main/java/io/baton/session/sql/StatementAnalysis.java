package io.baton.session.sql;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text of SQL does, statement by statement, with the questions of the hot path answered
 * beforehand.
 *
 * <p>Immutable but for lazily derived values, and safe for use by any number of threads. Two
 * analyses are equal only if they are the same object: the analyzer hands out one object for a text
 * as long as it remembers it, which makes an analysis a cheap key.
 */
public final class StatementAnalysis {
  private final String text;
  private final List<AnalysedStatement> statements;
  private final @Nullable RoutingHint hint;
  private final boolean effectFree;
  private final boolean readCandidate;
  private final boolean transactionControl;
  private final boolean mayEndTransaction;
  private final boolean changesCatalogue;
  private final boolean recallsSequences;
  private final boolean mayDrawKeys;
  private final boolean plainWrite;
  private final Replayability replayability;
  private final boolean conforming;

  /** Also where it is in a body or a string that is run later. */
  private static final Pattern RECALL =
      Pattern.compile("\\b(?:currval|lastval)\\s*\\(", Pattern.CASE_INSENSITIVE);

  private static final Pattern RETURNING =
      Pattern.compile("\\breturning\\b", Pattern.CASE_INSENSITIVE);

  /** Derived when it is first asked for; twice by two threads does no harm. */
  private @Nullable String fingerprint;

  /** Derived when it is first asked for, as the fingerprint. */
  private @Nullable KeyDraw keyDraw;

  /** Written after the answer. */
  private volatile boolean keyDrawKnown;

  private volatile @Nullable Finding finding;

  /**
   * What somebody found out about the text with the help of something else, for as long as that is
   * what it was.
   *
   * @param by what it was found out with; compared by identity
   * @param answer what was found
   */
  public record Finding(Object by, boolean answer) {}

  StatementAnalysis(
      String text,
      List<AnalysedStatement> statements,
      @Nullable RoutingHint hint,
      boolean replayForbidden,
      boolean conforming) {
    this.text = text;
    this.conforming = conforming;
    this.statements = List.copyOf(statements);
    this.hint = hint;
    boolean noEffects = true;
    boolean onlyReads = !statements.isEmpty();
    boolean control = false;
    boolean ends = false;
    boolean definitions = false;
    boolean recalls = false;
    boolean draws = false;
    Replayability worst = replayForbidden ? Replayability.FORBIDDEN : Replayability.REPLAYABLE;
    for (AnalysedStatement statement : statements) {
      noEffects &= statement.effects().isEmpty();
      onlyReads &= statement.readCandidate();
      definitions |= statement.definesCode();
      if (worst == Replayability.REPLAYABLE) {
        worst = statement.replayability();
      }
      draws |= statement.kind() == CommandKind.INSERT;
      for (Effect effect : statement.effects()) {
        boolean isControl = isTransactionControl(effect);
        control |= isControl;
        ends |= (isControl && !isOfSavepoint(effect)) || effect instanceof Effect.RunHiddenCode;
        if (effect instanceof Effect.UseSequence use) {
          recalls |= use.kind() == Effect.UseSequence.SequenceUse.RECALL;
          draws |= use.kind() == Effect.UseSequence.SequenceUse.DRAW;
        }
      }
    }
    this.effectFree = noEffects;
    this.readCandidate = onlyReads;
    this.transactionControl = control;
    this.mayEndTransaction = ends;
    this.changesCatalogue = definitions;
    this.recallsSequences = recalls || RECALL.matcher(text).find();
    this.mayDrawKeys = draws && statements.size() == 1;
    this.plainWrite =
        statements.size() == 1
            && isDataChange(statements.get(0).kind())
            && text.indexOf(';') < 0
            && !RETURNING.matcher(text).find();
    this.replayability = worst;
  }

  private static boolean isTransactionControl(Effect effect) {
    return effect instanceof Effect.Begin
        || effect instanceof Effect.Commit
        || effect instanceof Effect.Rollback
        || isOfSavepoint(effect)
        || effect instanceof Effect.PrepareTransaction;
  }

  private static boolean isOfSavepoint(Effect effect) {
    return effect instanceof Effect.Savepoint
        || effect instanceof Effect.Release
        || effect instanceof Effect.RollbackTo;
  }

  private static boolean isDataChange(CommandKind kind) {
    return switch (kind) {
      case INSERT, UPDATE, DELETE, MERGE -> true;
      default -> false;
    };
  }

  /** The text that was analysed, as the application wrote it. */
  public String text() {
    return text;
  }

  /** The statements of the text, without empty ones. */
  public List<AnalysedStatement> statements() {
    return statements;
  }

  /** Whether the text has exactly one statement. */
  public boolean isSingleStatement() {
    return statements.size() == 1;
  }

  /**
   * Whether the text itself shows nothing that a session has to remember. Functions it calls may
   * still do something: {@link io.baton.session.catalogue.FunctionCatalogue} knows.
   */
  public boolean isEffectFree() {
    return effectFree;
  }

  /**
   * Whether the text only reads, provided that the catalogue shows every function and view in it to
   * be free of side effects. Never true where the text alone shows a write, a lock, or something
   * not recognised.
   */
  public boolean isReadCandidate() {
    return readCandidate;
  }

  /** Whether any statement of the text begins or ends a transaction or savepoint. */
  public boolean isTransactionControl() {
    return transactionControl;
  }

  /**
   * Whether a transaction may begin or end inside: transaction control but savepoints, CALL, DO, or
   * unknown text.
   */
  public boolean mayEndTransaction() {
    return mayEndTransaction;
  }

  /**
   * Whether it is one INSERT, UPDATE, DELETE or MERGE, without a semicolon, which by its text
   * returns a count and no rows.
   */
  public boolean isPlainWrite() {
    return plainWrite;
  }

  /** Whether what is known of the catalogue may be out of date after it. */
  public boolean changesCatalogue() {
    return changesCatalogue;
  }

  /**
   * Whether it asks for currval or lastval, which only the server knows that drew the value; or may
   * do so, in a DO block, a statement that it prepares, or a string.
   */
  public boolean recallsSequences() {
    return recallsSequences;
  }

  /** Whether it may be a {@link #keyDraw}. */
  public boolean mayDrawKeys() {
    return mayDrawKeys;
  }

  /** How it draws keys from sequences; null if it does not in a form that can be written anew. */
  public @Nullable KeyDraw keyDraw() {
    if (mayDrawKeys && !keyDrawKnown) {
      keyDraw = KeyDrawReader.read(SqlLexer.lex(text, conforming));
      keyDrawKnown = true;
    }
    return keyDraw;
  }

  /** Whether it may run again when its transaction is replayed; the worst of its statements. */
  public Replayability replayability() {
    return replayability;
  }

  /** Where a comment asks it to run, or null. */
  public @Nullable RoutingHint hint() {
    return hint;
  }

  /** The text without what differs from call to call: {@link StatementFingerprint}. */
  public String fingerprint() {
    String known = fingerprint;
    if (known == null) {
      known = StatementFingerprint.of(text);
      fingerprint = known;
    }
    return known;
  }

  /** The last finding about this text, by whomever; null if there was none. */
  public @Nullable Finding finding() {
    return finding;
  }

  /** Remembers a finding in the place of the last one. */
  public void remember(Finding found) {
    finding = found;
  }

  @Override
  public String toString() {
    return "StatementAnalysis" + statements;
  }
}
