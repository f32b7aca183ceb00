package io.baton.session.written;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The frame of a text: what says of which version it is, and a check sum over all of it.
 *
 * <p>The check sum shows whether the text is whole and as it was written. It is no signature: who
 * can change the text can write a new one.
 */
final class SnapshotText {

  private static final String TITLE = "baton-session";
  private static final int VERSION = 1;
  private static final String SEAL = "sha256";
  private static final String REMEDY =
      ": write the session down again, and pass the text unchanged";

  private SnapshotText() {}

  static String of(List<SnapshotLine> lines) {
    StringBuilder text = new StringBuilder(TITLE).append(' ').append(VERSION).append('\n');
    for (SnapshotLine line : lines) {
      text.append(line.text()).append('\n');
    }
    String seal = SEAL + ' ' + checkSum(text.toString());
    return text.append(seal).append('\n').toString();
  }

  /**
   * Returns the lines of a text.
   *
   * @throws SQLException 22023 if it is none, or not whole, or not as it was written; 0A000 if it
   *     is of another version
   */
  static List<SnapshotLine> lines(String text) throws SQLException {
    String[] lines = text.strip().split("\r?\n", -1);
    checkVersion(lines[0]);
    String seal = lines[lines.length - 1];
    if (lines.length < 2 || !seal.startsWith(SEAL + ' ')) {
      throw refused("is not whole, for its last line is not its check sum" + REMEDY);
    }
    StringBuilder sealed = new StringBuilder(text.length());
    List<SnapshotLine> parsed = new ArrayList<>(lines.length);
    for (int i = 0; i < lines.length - 1; i++) {
      sealed.append(lines[i]).append('\n');
    }
    if (!seal.substring(SEAL.length() + 1).equals(checkSum(sealed.toString()))) {
      throw refused("is not as it was written, for its check sum is another one" + REMEDY);
    }
    for (int i = 1; i < lines.length - 1; i++) {
      try {
        parsed.add(SnapshotLine.parse(lines[i]));
      } catch (SQLException malformed) {
        throw inLine(i + 1, malformed);
      }
    }
    return parsed;
  }

  private static void checkVersion(String title) throws SQLException {
    if (!title.startsWith(TITLE + ' ')) {
      throw refused("does not begin with \"" + TITLE + "\"" + REMEDY);
    }
    String version = title.substring(TITLE.length() + 1);
    if (!version.equals(Integer.toString(VERSION))) {
      boolean isNumber = version.matches("[0-9]{1,9}");
      throw isNumber
          ? new SQLFeatureNotSupportedException(
              "The snapshot is of version "
                  + version
                  + ", and this release of Baton reads version "
                  + VERSION
                  + ": write and restore it with the same release",
              "0A000")
          : refused("does not say of which version it is" + REMEDY);
    }
  }

  static SQLException inLine(int number, SQLException problem) {
    return new SQLException(
        "Line " + number + " of the snapshot " + problem.getMessage(), "22023", problem);
  }

  static SQLException refused(String what) {
    return new SQLException("The snapshot " + what, "22023");
  }

  private static String checkSum(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
