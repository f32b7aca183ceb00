package io.baton.session.sql;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The analysis of a text of SQL, statement by statement; what each call asks is computed
 * beforehand.
 *
 * <p>Immutable except for lazily derived values, and thread-safe. Two analyses are equal only if
 * they are the same object: the analyzer returns one object for a text as long as it is cached, so
 * an analysis is a cheap key. A long text is not cached, and each of its analyses is another.
 */
public final class StatementAnalysis {
  private final String text;
  private final List<AnalysedStatement> statements;
  private final @Nullable RoutingHint hint;
  private final boolean effectFree;
  private final boolean readCandidate;
  private final boolean needsWriter;
  private final boolean transactionControl;
  private final boolean tiesSession;
  private final boolean changesCatalogue;
  private final boolean recallsSequences;
  private final boolean mayDrawKeys;
  private final boolean plainWrite;
  private final Replayability replayability;
  private final boolean conforming;
  private final TransactionEffect transactionEffect;
  private final boolean endsTransaction;

  /** Derived on first use; two threads may derive it twice, with the same result. */
  private @Nullable String fingerprint;

  /** Derived on first use, as the fingerprint. */
  private @Nullable KeyDraw keyDraw;

  /** Written after the answer. */
  private volatile boolean keyDrawKnown;

  /** Derived on first use, as the fingerprint. */
  private @Nullable RelationName writtenRelation;

  /** Written after the answer. */
  private volatile boolean writtenRelationKnown;

  /** Derived on first use, as the fingerprint. */
  private @Nullable BlindWrite blindWrite;

  /** Written after the answer. */
  private volatile boolean blindWriteKnown;

  private volatile @Nullable Finding finding;

  /**
   * A conclusion about the text that depends on something else, and holds as long as that does not
   * change.
   *
   * @param by what the conclusion depends on; compared by identity
   * @param answer the conclusion
   */
  public record Finding(Object by, boolean answer) {}

  /**
   * Conclusions about each statement of the text, which hold as a {@link Finding} does.
   *
   * @param by what they depend on; compared by identity
   * @param answers a conclusion for each statement
   */
  public record Conclusions(Object by, List<?> answers) {}

  private volatile @Nullable Conclusions conclusions;

  /**
   * Which tables the text uses, by bare name, as long as what it depends on does not change.
   *
   * @param by what it depends on; compared by identity
   * @param read those of which it may show rows; null if that is not known
   * @param written those of which it may change rows; null if that is not known
   * @param ofWriter whether it may name what only the writer has as it is meant: a sequence, a
   *     foreign or an unlogged table
   */
  public record TableUse(
      Object by, @Nullable Set<String> read, @Nullable Set<String> written, boolean ofWriter) {}

  private volatile @Nullable TableUse tableUse;

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
    boolean forWriter = false;
    boolean control = false;
    boolean definitions = false;
    boolean recalls = false;
    boolean draws = false;
    boolean ties = false;
    Replayability worst = replayForbidden ? Replayability.FORBIDDEN : Replayability.REPLAYABLE;
    for (AnalysedStatement statement : statements) {
      noEffects &= statement.effects().isEmpty();
      onlyReads &= statement.readCandidate();
      forWriter |= statement.needsWriter();
      definitions |= statement.definesCode();
      if (worst == Replayability.REPLAYABLE) {
        worst = statement.replayability();
      }
      draws |= statement.kind() == CommandKind.INSERT;
      for (Effect effect : statement.effects()) {
        boolean isControl = isTransactionControl(effect);
        control |= isControl;
        ties |= ties(effect);
        if (effect instanceof Effect.UseSequence use) {
          recalls |= use.kind() == Effect.UseSequence.SequenceUse.RECALL;
          draws |= use.kind() == Effect.UseSequence.SequenceUse.DRAW;
        }
      }
    }
    this.effectFree = noEffects;
    this.readCandidate = onlyReads;
    this.needsWriter = forWriter;
    this.transactionControl = control;
    this.tiesSession = ties;
    this.changesCatalogue = definitions;
    this.recallsSequences = recalls || mayRecallLater(text);
    this.mayDrawKeys = draws && statements.size() == 1;
    this.plainWrite =
        statements.size() == 1
            && isDataChange(statements.get(0).kind())
            && text.indexOf(';') < 0
            && !TextSearch.containsWord(text, "returning");
    this.replayability = worst;
    this.transactionEffect = TransactionEffect.of(statements, onlyReads);
    this.endsTransaction = control && endsIn(statements);
  }

  /** Whether it calls currval or lastval, also in a body or a string that runs later. */
  private static boolean mayRecallLater(String text) {
    return TextSearch.containsCall(text, "currval") || TextSearch.containsCall(text, "lastval");
  }

  private static boolean endsIn(List<AnalysedStatement> statements) {
    for (AnalysedStatement statement : statements) {
      for (Effect effect : statement.effects()) {
        if (effect instanceof Effect.Commit
            || effect instanceof Effect.Rollback
            || effect instanceof Effect.PrepareTransaction) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether it leaves what cannot be brought to another server, whatever its arguments are. */
  private static boolean ties(Effect effect) {
    return effect instanceof Effect.SeedRandom
        || (effect instanceof Effect.SetSetting set && SettingNames.isSeed(set.name()))
        || (effect instanceof Effect.CallSetConfig call
            && call.name() instanceof Argument.Text named
            && SettingNames.isSeed(SettingNames.normalize(named.text())))
        || effect instanceof Effect.AdvisoryLock
        || effect instanceof Effect.CreateElsewhere
        || (effect instanceof Effect.DeclareCursor cursor && cursor.hold())
        || (effect instanceof Effect.CallSetConfig call && call.name() instanceof Argument.Hidden);
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

  static boolean isDataChange(CommandKind kind) {
    return switch (kind) {
      case INSERT, UPDATE, DELETE, MERGE -> true;
      default -> false;
    };
  }

  /** Returns whether it names nothing that could be code of the database. */
  public boolean isPlain() {
    for (AnalysedStatement statement : statements) {
      if (!statement.isPlain()) {
        return false;
      }
    }
    return true;
  }

  /** Returns the text that was analysed, as the application wrote it. */
  public String text() {
    return text;
  }

  /** Returns the statements of the text, without empty ones. */
  public List<AnalysedStatement> statements() {
    return statements;
  }

  /** Returns whether the text has exactly one statement. */
  public boolean isSingleStatement() {
    return statements.size() == 1;
  }

  /**
   * Returns whether the text itself shows no effect on the session. Functions it calls may still
   * have one: see {@link io.baton.session.catalogue.FunctionCatalogue}.
   */
  public boolean isEffectFree() {
    return effectFree;
  }

  /**
   * Returns whether the text only reads, provided that the catalogue shows every function and view
   * in it to be free of side effects. Never true if the text alone shows a write, a lock, or
   * something not recognised.
   */
  public boolean isReadCandidate() {
    return readCandidate;
  }

  /**
   * Returns whether it belongs on the writer even where it only reads: a standby refuses it, or
   * answers it for itself.
   */
  public boolean needsWriter() {
    return needsWriter;
  }

  /** Whether it may leave in its session what only its server has: a seed, a lock, a cursor. */
  public boolean tiesSession() {
    return tiesSession;
  }

  /** Returns whether any statement of the text begins or ends a transaction or savepoint. */
  public boolean isTransactionControl() {
    return transactionControl;
  }

  /** Returns the effect of the text on the transaction that it runs in. */
  public TransactionEffect transactionEffect() {
    return transactionEffect;
  }

  /**
   * Returns whether the transaction that is open before the text may end in it, so that the one
   * that is open after it may be another. Hidden code (CALL, DO) cannot end a transaction block.
   */
  public boolean mayReplaceTransaction() {
    return endsTransaction || transactionEffect == TransactionEffect.MAY_COMMIT;
  }

  /**
   * Returns whether the text is one INSERT, UPDATE, DELETE or MERGE, without a semicolon, that
   * returns a count and no rows.
   */
  public boolean isPlainWrite() {
    return plainWrite;
  }

  /**
   * Returns the relation that a {@link #isPlainWrite plain write} names as its target; null if that
   * cannot be read from the text, or it is no plain write.
   */
  public @Nullable RelationName writtenRelation() {
    if (plainWrite && !writtenRelationKnown) {
      Tokens tokens = SqlLexer.lex(text, conforming);
      writtenRelation = new StatementReader(tokens, 0, tokens.count()).writtenRelation();
      writtenRelationKnown = true;
    }
    return writtenRelation;
  }

  /**
   * Returns the INSERT, UPDATE, DELETE or MERGE that it is, if it is a single one that returns a
   * count and no rows; null if it is none, or that cannot be told for certain.
   */
  public @Nullable BlindWrite blindWrite() {
    if (!blindWriteKnown) {
      blindWrite =
          statements.size() == 1 && isDataChange(statements.get(0).kind())
              ? BlindWriteReader.read(statements.get(0), SqlLexer.lex(text, conforming))
              : null;
      blindWriteKnown = true;
    }
    return blindWrite;
  }

  /**
   * Returns the only relation that it names as the target of a change, if it is a single INSERT,
   * UPDATE, DELETE or MERGE; null if it is none, or that cannot be told for certain. It is worked
   * out with every call.
   */
  public @Nullable RelationName soleTarget() {
    return statements.size() == 1 && isDataChange(statements.get(0).kind())
        ? BlindWriteReader.soleTarget(statements.get(0), SqlLexer.lex(text, conforming))
        : null;
  }

  /**
   * Returns whether a word of it shows that it inserts, updates or deletes rows, also inside of a
   * WITH. It is worked out with every call.
   */
  public boolean showsChange() {
    return BlindWriteReader.showsChange(SqlLexer.lex(text, conforming));
  }

  /** Returns what it changes in the catalogue. It is worked out with every call. */
  public CatalogueChange catalogueChange() {
    return CatalogueChangeReader.read(statements, SqlLexer.lex(text, conforming));
  }

  /** Returns whether a snapshot of the catalogue may be outdated after it. */
  public boolean changesCatalogue() {
    return changesCatalogue;
  }

  /**
   * Returns whether it calls currval or lastval, which only the server answers that drew the value;
   * or may do so in a DO block, a prepared statement, or a string.
   */
  public boolean recallsSequences() {
    return recallsSequences;
  }

  /** Returns whether {@link #keyDraw} may return a value. */
  public boolean mayDrawKeys() {
    return mayDrawKeys;
  }

  /**
   * Returns how it draws keys from sequences; null if it draws none in a form that can be
   * rewritten. That of many values is worked out with every call, and is not kept.
   */
  public @Nullable KeyDraw keyDraw() {
    if (!mayDrawKeys || keyDrawKnown) {
      return keyDraw;
    }
    KeyDraw draw = KeyDrawReader.read(SqlLexer.lex(text, conforming));
    if (draw == null || draw.isSmall()) {
      keyDraw = draw;
      keyDrawKnown = true;
    }
    return draw;
  }

  /**
   * Returns whether it may run again when its transaction is replayed; the worst of its statements
   * counts.
   */
  public Replayability replayability() {
    return replayability;
  }

  /** Returns where a hint comment asks it to run, or null. */
  public @Nullable RoutingHint hint() {
    return hint;
  }

  /** Returns the text without what differs from call to call: {@link StatementFingerprint}. */
  public String fingerprint() {
    String known = fingerprint;
    if (known == null) {
      known = StatementFingerprint.of(text);
      fingerprint = known;
    }
    return known;
  }

  /** Returns the fingerprint without a limit of its length. It is worked out with every call. */
  public String wholeFingerprint() {
    return StatementFingerprint.whole(text, conforming);
  }

  /** Returns what its text says of the rows of its result. It is worked out with every call. */
  public ResultShape resultShape() {
    return ResultShape.of(SqlLexer.lex(text, conforming));
  }

  /**
   * Returns whether its result may depend on when and where it is run, and not on rows alone, as
   * far as its text shows it. It is worked out with every call.
   */
  public boolean dependsOnMoment() {
    return MomentWords.areIn(SqlLexer.lex(text, conforming), Set.of());
  }

  /** Returns the finding about this text that was remembered last; null if there is none. */
  public @Nullable Finding finding() {
    return finding;
  }

  /** Returns what was concluded of each statement and remembered last; null if nothing was. */
  public @Nullable Conclusions conclusions() {
    return conclusions;
  }

  /** Remembers conclusions in place of the last ones. */
  public void remember(Conclusions found) {
    conclusions = found;
  }

  /** Returns which tables it was found to use last; null if that was not looked at. */
  public @Nullable TableUse tableUse() {
    return tableUse;
  }

  /** Remembers which tables it uses. */
  public void remember(TableUse found) {
    tableUse = found;
  }

  /** Remembers a finding in place of the last one. */
  public void remember(Finding found) {
    finding = found;
  }

  @Override
  public String toString() {
    return "StatementAnalysis" + statements;
  }
}
