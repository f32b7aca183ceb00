package io.baton.failover.cutover;

import io.baton.failover.reads.ReadCase;
import io.baton.failover.reads.ReadComparison;
import io.baton.routing.cutover.CutoverStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the members of a rehearsal have said, as the old database has it.
 *
 * @param members each with what it is called
 * @param strangers sessions of the old database that no member named
 * @param isStopped whether somebody has taken the rehearsal back
 */
record MemberFindings(List<Account> members, List<String> strangers, boolean isStopped) {

  private static final String TAKE_PART =
      "Sessions take part that use Baton with a baton.heartbeat. Others are ended at the fence.";

  /**
   * One member.
   *
   * @param name whose sessions it has, for people
   */
  record Account(String name, CutoverRow.Member member, List<RehearsalNote> notes) {}

  /** Reads them. */
  static MemberFindings read(
      Connection old, UUID id, List<CutoverRow.Member> members, boolean isStopped)
      throws SQLException {
    List<Account> accounts = new ArrayList<>();
    for (CutoverRow.Member member : members) {
      accounts.add(new Account(name(old, member), member, notes(old, id, member.id())));
    }
    List<Integer> known =
        members.stream().map(CutoverRow.Member::backends).flatMap(Collection::stream).toList();
    return new MemberFindings(accounts, strangers(old, known), isStopped);
  }

  private static String name(Connection old, CutoverRow.Member member) throws SQLException {
    List<String> names = sessions(old, "a.pid operator(pg_catalog.=) any (?)", member.backends());
    return names.isEmpty() ? "member " + member.id() : String.join(", ", names);
  }

  private static List<String> strangers(Connection old, List<Integer> known) throws SQLException {
    return sessions(old, "not a.pid operator(pg_catalog.=) any (?)", known);
  }

  /** Whose sessions they are, and from where; but for connections of Baton's own. */
  private static List<String> sessions(Connection old, String which, List<Integer> pids)
      throws SQLException {
    String sql =
        """
        select pg_catalog.concat(coalesce(nullif(a.application_name, ''), 'a program'),
            ' of ', a.usename, ' at ', coalesce(a.client_addr::pg_catalog.text, 'the server'))
          from pg_catalog.pg_stat_activity a where
        """
            + Application.SESSION
            + " and a.application_name operator(pg_catalog.<>) 'Baton monitor' and "
            + which
            + " group by 1 order by 1 limit 5";
    List<String> names = new ArrayList<>();
    try (PreparedStatement query = old.prepareStatement(sql)) {
      query.setArray(1, old.createArrayOf("int4", pids.toArray()));
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    return names;
  }

  private static List<RehearsalNote> notes(Connection old, UUID id, UUID member)
      throws SQLException {
    List<RehearsalNote> notes = new ArrayList<>();
    try (PreparedStatement query =
        old.prepareStatement(
            """
            select said from baton.cutover_finding where cutover operator(pg_catalog.=) ?
              and member operator(pg_catalog.=) ? order by number\
            """)) {
      query.setObject(1, id);
      query.setObject(2, member);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          RehearsalNote note = RehearsalNote.of(rows.getString(1));
          if (note != null) {
            notes.add(note);
          }
        }
      }
    }
    return notes;
  }

  /** What comes of it. */
  RehearsalReport report(List<CutoverFinding> before) {
    List<CutoverFinding> findings = new ArrayList<>(before);
    List<String> applications = new ArrayList<>();
    if (isStopped) {
      findings.add(
          new CutoverFinding(
              true,
              "The rehearsal was taken back before it was over",
              "See baton.cutover for who did so, or why, and rehearse again."));
    }
    if (members.isEmpty()) {
      findings.add(new CutoverFinding(false, "No application took part", TAKE_PART));
    }
    if (!strangers.isEmpty()) {
      findings.add(new CutoverFinding(false, "Sessions do not take part: " + strangers, TAKE_PART));
    }
    Map<ReadCase.Name, ReadComparison> reads = new LinkedHashMap<>();
    for (Account one : members) {
      add(one, findings, applications, reads);
    }
    List<ReadComparison> compared = List.copyOf(reads.values());
    findings.addAll(ReadFindings.of(compared));
    return new RehearsalReport(findings, applications, compared);
  }

  private static void add(
      Account account,
      List<CutoverFinding> findings,
      List<String> applications,
      Map<ReadCase.Name, ReadComparison> reads) {
    String name = account.name();
    CutoverRow.Member member = account.member();
    if (member.gone()) {
      findings.add(
          new CutoverFinding(
              false,
              name + " ended during the rehearsal, and said last: " + member.note(),
              "Rehearse again while it runs."));
    } else if (member.stage() == CutoverStage.REHEARSED && !member.ready()) {
      findings.add(
          new CutoverFinding(
              true,
              name + " did not answer in time, and said last: " + member.note(),
              "It would have a cut over taken back: see whether it hangs, or give it more time."));
    }
    applications.add(name + ": " + member.note());
    for (RehearsalNote note : account.notes()) {
      List<String> said = note.values();
      switch (note.type()) {
        case TRIED -> {
          applications.set(
              applications.size() - 1,
              "%s: %s sessions of %s kinds".formatted(name, said.get(0), said.get(1)));
          if (!said.get(1).equals(said.get(2))) {
            findings.add(
                new CutoverFinding(
                    false,
                    "%s has sessions of %s kinds, of which %s were tried"
                        .formatted(name, said.get(1), said.get(2)),
                    "Give it more time; more than %d are not tried."
                        .formatted(SessionTrials.MOST)));
          }
        }
        case REFUSED ->
            findings.add(
                new CutoverFinding(
                    true,
                    "%s has sessions (%s, with %s) that cannot be rebuilt over there: %s"
                        .formatted(name, said.get(0), said.get(1), said.get(2)),
                    "Create over there what they need: roles, settings, extensions, passwords."));
        case HELD ->
            findings.add(
                new CutoverFinding(
                    false,
                    "%s has a session that cannot be moved now: %s".formatted(name, said.get(0)),
                    "It is waited for when it comes to it: have the pool close such connections."));
        case NO_READS ->
            findings.add(
                new CutoverFinding(
                    false,
                    "No read of %s was run on both sides: %s".formatted(name, said.get(0)),
                    "Have it read while reads are sampled."));
        case READ -> {
          ReadComparison read = ReadComparison.of(said);
          reads.merge(read.read(), read, ReadComparison::worse);
        }
        case UNREACHED ->
            findings.add(
                new CutoverFinding(
                    !Boolean.parseBoolean(said.get(2)),
                    "%s does not reach %s: %s".formatted(name, said.get(0), said.get(1)),
                    "Look at the network, pg_hba.conf, the password and TLS over there."));
      }
    }
  }
}
