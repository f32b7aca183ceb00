package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.InvocationHandler;
import java.sql.Blob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.PGRefCursorResultSet;

/** What a generated method does when its call fails: the loop that every one of them shares. */
class RecoveryLoopTest {

  private final SQLException lost = new SQLException("the connection is lost", "08006");
  private final SQLException outcome = new SQLException("not repeated", "40001");

  private final List<String> calls = new ArrayList<>();

  /** The delegate that was there first: every call fails on it. */
  private final InvocationHandler dead =
      (self, method, arguments) -> {
        calls.add("dead." + method.getName());
        throw lost;
      };

  private final InvocationHandler alive =
      (self, method, arguments) -> {
        calls.add("alive." + method.getName());
        return method.getReturnType() == int.class ? 42 : null;
      };

  /** What a connection does about a failure; null for one that is not ours to recover from. */
  private interface Recovery {
    void recover(Rows rows) throws SQLException;
  }

  private final class Rows extends DelegatingResultSet {

    private final Recovery recovery;

    @SuppressWarnings("NullAway") // Without a connection: what it would do is given.
    Rows(InvocationHandler delegate, Recovery recovery) {
      super(null, rows(delegate));
      this.recovery = recovery;
    }

    @Override
    void recover(SQLException failure, boolean wrote) throws SQLException {
      assertThat((Throwable) failure).isSameAs(lost);
      recovery.recover(this);
    }

    @Override
    SQLException unrepeatable(SQLException failure) {
      assertThat((Throwable) failure).isSameAs(lost);
      return outcome;
    }

    @Override
    public Statement getStatement() {
      throw new UnsupportedOperationException();
    }
  }

  private static ResultSet rows(InvocationHandler delegate) {
    return (ResultSet)
        SampleArguments.proxy(List.of(ResultSet.class, PGRefCursorResultSet.class), delegate);
  }

  @Test
  void repeatableCall_whenTheDelegateIsReplaced_isMadeAgainOnTheNewOne() throws Exception {
    Rows rows = new Rows(dead, moved -> moved.delegate = rows(alive));

    assertThat(rows.getInt(1)).isEqualTo(42);

    assertThat(calls).containsExactly("dead.getInt", "alive.getInt");
  }

  @Test
  void repeatableCall_whenTheSecondDelegateFailsToo_goesOnToTheThird() throws Exception {
    List<InvocationHandler> next = new ArrayList<>(List.of(dead, dead, alive));
    Rows rows = new Rows(dead, moved -> moved.delegate = rows(next.remove(0)));

    assertThat(rows.getRow()).isEqualTo(42);

    assertThat(calls).containsExactly("dead.getRow", "dead.getRow", "dead.getRow", "alive.getRow");
  }

  @Test
  void repeatableCall_whenTheDelegateIsNotReplaced_isNotMadeAgain() {
    Rows rows = new Rows(dead, left -> {});

    assertThatThrownBy(rows::next).isSameAs(outcome);

    assertThat(calls).containsExactly("dead.next");
  }

  @Test
  void repeatableCall_whenNothingCanBeDone_throwsWhatTheRecoverySays() {
    Rows rows =
        new Rows(
            dead,
            left -> {
              throw lost;
            });

    assertThatThrownBy(() -> rows.getInt("a")).isSameAs(lost);

    assertThat(calls).containsExactly("dead.getInt");
  }

  @Test
  void callWithAnEffect_thoughTheDelegateIsReplaced_isNotMadeAgain() {
    Rows rows = new Rows(dead, moved -> moved.delegate = rows(alive));

    assertThatThrownBy(rows::updateRow).isSameAs(outcome);

    assertThat(calls).containsExactly("dead.updateRow");
  }

  @Test
  void callThatConsumesAStream_thoughTheDelegateIsReplaced_isNotMadeAgain() {
    InputStream stream = new ByteArrayInputStream(new byte[1]);
    Rows rows = new Rows(dead, moved -> moved.delegate = rows(alive));

    assertThatThrownBy(() -> rows.updateBinaryStream(1, stream)).isSameAs(outcome);
    assertThat(rows.delegate().toString()).isEqualTo("a ResultSet");

    assertThat(calls).containsExactly("dead.updateBinaryStream");
  }

  @Test
  void updateObject_withAStream_isNotMadeAgainButWithAnotherValueIs() throws Exception {
    InputStream stream = new ByteArrayInputStream(new byte[1]);
    Rows rows = new Rows(dead, moved -> moved.delegate = rows(alive));
    assertThatThrownBy(() -> rows.updateObject(1, stream)).isSameAs(outcome);

    rows.delegate = rows(dead);
    rows.updateObject(1, "text");

    assertThat(calls)
        .containsExactly("dead.updateObject", "dead.updateObject", "alive.updateObject");
  }

  @Test
  void close_thatFails_isNotARecoverysBusiness() {
    Rows rows =
        new Rows(
            dead,
            left -> {
              throw new AssertionError("nothing to recover for");
            });

    assertThatThrownBy(rows::close).isSameAs(lost);
  }

  @Test
  void renewal_ofTheDelegate_isTriedWhenTheRecoveryDidNotReplaceIt() throws Exception {
    @SuppressWarnings("NullAway")
    class Renewed extends DelegatingBlob {
      Renewed(Blob delegate) {
        super(null, delegate);
      }

      @Override
      void recover(SQLException failure, boolean wrote) {}

      @Override
      void renew() {
        delegate = SampleArguments.proxy(Blob.class, (self, method, arguments) -> 7L);
      }
    }

    assertThat(new Renewed(SampleArguments.proxy(Blob.class, dead)).length()).isEqualTo(7);
  }

  @Test
  void renewal_thatFails_leavesItsReasonWithTheFailure() {
    SQLException unrenewed = new SQLException("no such type", "42704");
    SQLException failure = new SQLException("This connection has been closed.", "08003");
    @SuppressWarnings("NullAway")
    class Unrenewed extends DelegatingBlob {
      Unrenewed(Blob delegate) {
        super(null, delegate);
      }

      @Override
      void recover(SQLException failure, boolean wrote) {}

      @Override
      void renew() throws SQLException {
        throw unrenewed;
      }

      @Override
      SQLException unrepeatable(SQLException failure) {
        return failure;
      }
    }
    Blob delegate =
        SampleArguments.proxy(
            Blob.class,
            (self, method, arguments) -> {
              throw failure;
            });

    assertThatThrownBy(() -> new Unrenewed(delegate).length()).isSameAs(failure);
    assertThat((Throwable) failure).hasSuppressedException(unrenewed);
  }
}
