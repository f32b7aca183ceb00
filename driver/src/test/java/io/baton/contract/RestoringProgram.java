package io.baton.contract;

import io.baton.BatonDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;

/** A program of its own that restores a session, and writes what that answers. */
final class RestoringProgram {

  private RestoringProgram() {}

  public static void main(String[] arguments) throws Exception {
    try (BatonDataSource dataSource = new BatonDataSource()) {
      dataSource.setUrl(arguments[2]);
      dataSource.setUser(arguments[3]);
      dataSource.setPassword(arguments[4]);
      try (Connection session = dataSource.restore(Files.readString(Path.of(arguments[0])))) {
        Files.writeString(
            Path.of(arguments[1]),
            ContractFixture.ask(session, "select current_setting('app.odd')")
                + "|"
                + ContractFixture.ask(session, "execute p"));
      }
    }
  }
}
