package io.baton.failover.reads;

import java.util.ArrayList;
import java.util.List;

/**
 * What came of one read that was run on both sides.
 *
 * @param read which one
 * @param verdict what came of it
 * @param note what is to be said besides, for people
 * @param old the old side
 * @param successor the new side
 */
public record ReadComparison(
    ReadCase.Name read, Verdict verdict, String note, ReadSide old, ReadSide successor) {

  /** What came of it. The later ones count more where several JVMs ran the same read. */
  public enum Verdict {
    /** It was not compared; the note says why. */
    UNFIT,
    /** What it reads changed all the time. */
    MOVES,
    /** Both sides gave the same. */
    SAME,
    /** The new side gave other rows, and the read leaves open which ones it gives. */
    LEFT_OPEN,
    /** The new side did not answer in time. */
    SLOW,
    /** The same rows in another order. */
    ORDER,
    /** Other rows. */
    ROWS,
    /** The new side refuses it. */
    REFUSED
  }

  private static final int SIDE_FIELDS = 5;

  /** How much longer it must take to be told: so many times, and so many nanoseconds. */
  private static final int SLOWER = 4;

  private static final long SLOWER_NANOS = 20_000_000;

  /** Returns the one of two comparisons of the same read, with other values, that says more. */
  public ReadComparison worse(ReadComparison other) {
    return other.verdict.compareTo(verdict) > 0 ? other : this;
  }

  /** Returns whether it was compared, whatever came of it. */
  public boolean isCompared() {
    return verdict != Verdict.UNFIT && verdict != Verdict.MOVES;
  }

  /** Returns whether it is the read of a case. */
  public boolean isOf(ReadCase known) {
    return known.name().isSame(read);
  }

  /** Returns whether the new side has given the very rows of a case, in any order. */
  public boolean hasRowsOf(ReadCase known) {
    return hasRows() && known.hash().equals(successor.hash());
  }

  /** Returns whether it takes ten times as long over there as a case did, or longer still. */
  public boolean isFarSlowerThan(ReadCase known) {
    return hasRows() && known.time().isFarBelow(TimeClass.of(successor.nanos()));
  }

  /** Returns whether both sides were asked and gave rows. */
  public boolean hasRows() {
    return !old.hash().isEmpty() && !successor.hash().isEmpty();
  }

  /** Returns whether the two sides run it in different ways. */
  public boolean changesPlan() {
    return hasRows() && !old.plan().equals(successor.plan());
  }

  /** Returns whether it takes much longer over there. */
  public boolean isSlower() {
    return hasRows() && isSlower(old.nanos(), successor.nanos());
  }

  /** Returns whether a read that takes so long over there takes much longer. */
  static boolean isSlower(long hereNanos, long thereNanos) {
    return thereNanos > SLOWER * hereNanos && thereNanos - hereNanos > SLOWER_NANOS;
  }

  /** Returns what each side gave, for people. */
  public String sides() {
    String odd =
        old.odd().isEmpty() && successor.odd().isEmpty()
            ? ""
            : "; rows that only one side has: %s here, %s over there"
                .formatted(shown(old.odd()), shown(successor.odd()));
    return "%d rows in %s here, %d in %s over there%s"
        .formatted(old.rows(), old.time(), successor.rows(), successor.time(), odd);
  }

  private static String shown(String hash) {
    return hash.isEmpty() ? "none" : hash;
  }

  /** Returns what a file keeps of it. */
  public ReadCase toCase() {
    return new ReadCase(read, old.hash(), old.rows(), old.plan(), TimeClass.of(old.nanos()));
  }

  /** Returns it as texts. */
  public List<String> fields() {
    List<String> fields = new ArrayList<>(read.fields());
    fields.add(verdict.name());
    fields.add(note);
    for (ReadSide side : List.of(old, successor)) {
      fields.add(side.hash());
      fields.add(String.valueOf(side.rows()));
      fields.add(String.valueOf(side.nanos()));
      fields.add(Fields.line(side.plan()));
      fields.add(side.odd());
    }
    return fields;
  }

  /**
   * Returns the comparison of {@link #fields}.
   *
   * @throws IllegalArgumentException if they are none
   */
  public static ReadComparison of(List<String> fields) {
    int own = ReadCase.Name.FIELDS;
    if (fields.size() != own + 2 + 2 * SIDE_FIELDS) {
      throw new IllegalArgumentException("a comparison of " + fields.size() + " fields");
    }
    return new ReadComparison(
        ReadCase.Name.of(fields),
        Verdict.valueOf(fields.get(own)),
        fields.get(own + 1),
        side(fields.subList(own + 2, own + 2 + SIDE_FIELDS)),
        side(fields.subList(own + 2 + SIDE_FIELDS, fields.size())));
  }

  private static ReadSide side(List<String> fields) {
    return new ReadSide(
        fields.get(0),
        Long.parseLong(fields.get(1)),
        Long.parseLong(fields.get(2)),
        ReadCase.listed(fields.get(3)),
        fields.get(4));
  }
}
