package io.baton.differences;

import io.baton.BatonXADataSource;
import io.baton.contract.TestXid;
import io.baton.differences.Comparison.Known;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.common.BaseDataSource;
import org.postgresql.xa.PGXADataSource;

/** What a transaction manager can call, in each state that a connection of XA can be in. */
@PostgresTest(settings = "max_prepared_transactions=20")
class BranchDifferencesTest {

  private static final List<Known> LEFT =
      List.of(
          Known.of(
              "failed, ended: (prepare|commit) x.*",
              "`XAResource.prepare` and `commit(xid, true)` of a branch in which a statement failed",
              "`XA_RBROLLBACK`, where pgjdbc says `XAER_RMFAIL`.",
              "The server works, and the branch is certainly rolled back."),
          Known.of(
              "read-only, ended: prepare x",
              "`XAResource.prepare` of a connection that is set to read-only",
              "`XA_OK`, where pgjdbc says `XA_RDONLY`.",
              "The transaction is prepared all the same. After `XA_RDONLY` no transaction manager"
                  + " ends it, and it holds its locks for good."),
          Known.of(
              ".*: statement: getConnection",
              "`Statement.getConnection()` of a statement that was made by a handle",
              "The handle itself, where pgjdbc returns another object behind it.",
              "What is behind the handle ends transactions that the transaction manager is to"
                  + " end."));

  private final PostgresCluster cluster;
  private final Comparison comparison = new Comparison("branches", LEFT);

  BranchDifferencesTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  /** One connection of a transaction manager, and two branches. */
  private record Lane(
      XAConnection xa, XAResource resource, Connection handle, Xid first, Xid second) {

    static Lane of(XAConnection xa) throws SQLException {
      return new Lane(xa, xa.getXAResource(), xa.getConnection(), TestXid.next(), TestXid.next());
    }

    /** Brings the connection to where another state can begin. */
    void reset() throws SQLException {
      for (Xid xid : List.of(first, second)) {
        List<Deed> deeds =
            List.of(
                lane -> resource.end(xid, XAResource.TMSUCCESS), lane -> resource.rollback(xid));
        for (Deed deed : deeds) {
          try {
            deed.on(this);
          } catch (XAException notNeeded) {
            // It was at an end already.
          }
        }
      }
      if (!handle.getAutoCommit()) {
        handle.rollback();
      }
      handle.setReadOnly(false);
    }

    void start() throws XAException {
      resource.start(first, XAResource.TMNOFLAGS);
    }

    void end() throws XAException {
      resource.end(first, XAResource.TMSUCCESS);
    }

    void execute(String sql) throws SQLException {
      try (Statement statement = handle.createStatement()) {
        statement.execute(sql);
      }
    }

    void work() throws XAException, SQLException {
      start();
      execute("insert into item values (1)");
      end();
    }

    void fail() throws XAException, SQLException {
      start();
      try {
        execute("select 1 / 0");
      } catch (SQLException asked) {
        // Now the transaction has failed.
      }
    }
  }

  /** What is done or called on a lane. */
  private interface Step {
    Object on(Lane lane) throws SQLException, XAException;
  }

  /** What returns nothing. */
  private interface Deed {
    void on(Lane lane) throws SQLException, XAException;
  }

  private static Step step(Deed deed) {
    return lane -> {
      deed.on(lane);
      return "done";
    };
  }

  @BeforeEach
  void table() throws SQLException {
    direct("create table if not exists item (id int)");
    direct("create table if not exists pair (id int unique deferrable initially deferred)");
  }

  @AfterEach
  void nothingPrepared() throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement list = direct.createStatement();
        Statement end = direct.createStatement();
        ResultSet left = list.executeQuery("select gid from pg_prepared_xacts")) {
      while (left.next()) {
        end.execute("rollback prepared '" + left.getString(1) + "'");
      }
    }
  }

  private void direct(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private <T extends BaseDataSource & XADataSource> T loggedIn(T dataSource) {
    dataSource.setServerNames(new String[] {cluster.primary().host()});
    dataSource.setPortNumbers(new int[] {cluster.primary().port()});
    dataSource.setDatabaseName(cluster.database());
    dataSource.setUser(cluster.user());
    dataSource.setPassword(cluster.password());
    return dataSource;
  }

  private static Map<String, Deed> states() {
    Map<String, Deed> states = new LinkedHashMap<>();
    states.put("new", lane -> {});
    states.put("started", Lane::start);
    states.put("ended", Lane::work);
    states.put("failed", Lane::fail);
    states.put(
        "failed, ended",
        lane -> {
          lane.fail();
          lane.end();
        });
    states.put(
        "violated, ended",
        lane -> {
          lane.start();
          lane.execute("insert into pair values (1), (1)");
          lane.end();
        });
    states.put(
        "read-only, ended",
        lane -> {
          lane.handle().setReadOnly(true);
          lane.start();
          lane.execute("select 1");
          lane.end();
        });
    states.put(
        "prepared",
        lane -> {
          lane.work();
          lane.resource().prepare(lane.first());
        });
    states.put(
        "committed in two phases",
        lane -> {
          lane.work();
          lane.resource().prepare(lane.first());
          lane.resource().commit(lane.first(), false);
        });
    states.put(
        "committed in one phase",
        lane -> {
          lane.work();
          lane.resource().commit(lane.first(), true);
        });
    states.put(
        "rolled back",
        lane -> {
          lane.work();
          lane.resource().rollback(lane.first());
        });
    states.put(
        "in a local transaction",
        lane -> {
          lane.handle().setAutoCommit(false);
          lane.execute("insert into item values (2)");
        });
    return states;
  }

  private static Map<String, Step> calls() {
    Map<String, Step> calls = new LinkedHashMap<>();
    int[] startFlags = {XAResource.TMNOFLAGS, XAResource.TMJOIN, XAResource.TMRESUME, 99};
    int[] endFlags = {XAResource.TMSUCCESS, XAResource.TMFAIL, XAResource.TMSUSPEND, 99};
    for (boolean first : new boolean[] {true, false}) {
      String of = first ? " x" : " y";
      for (int flags : startFlags) {
        calls.put(
            "start" + of + " " + flags,
            step(lane -> lane.resource().start(xid(lane, first), flags)));
      }
      for (int flags : endFlags) {
        calls.put(
            "end" + of + " " + flags, step(lane -> lane.resource().end(xid(lane, first), flags)));
      }
      calls.put("prepare" + of, lane -> lane.resource().prepare(xid(lane, first)));
      calls.put(
          "commit" + of + " in one phase",
          step(lane -> lane.resource().commit(xid(lane, first), true)));
      calls.put("commit" + of, step(lane -> lane.resource().commit(xid(lane, first), false)));
      calls.put("rollback" + of, step(lane -> lane.resource().rollback(xid(lane, first))));
    }
    calls.put("forget x", step(lane -> lane.resource().forget(lane.first())));
    calls.put("start null", step(lane -> lane.resource().start(null, XAResource.TMNOFLAGS)));
    calls.put("end null", step(lane -> lane.resource().end(null, XAResource.TMSUCCESS)));
    calls.put("commit null", step(lane -> lane.resource().commit(null, true)));
    for (int flags :
        new int[] {
          XAResource.TMSTARTRSCAN,
          XAResource.TMENDRSCAN,
          XAResource.TMNOFLAGS,
          XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN,
          99
        }) {
      calls.put("recover " + flags, lane -> lane.resource().recover(flags).length);
    }
    calls.put("isSameRM", lane -> lane.resource().isSameRM(lane.xa().getXAResource()));
    calls.put("getTransactionTimeout", lane -> lane.resource().getTransactionTimeout());
    calls.put("setTransactionTimeout", lane -> lane.resource().setTransactionTimeout(1));
    calls.put("handle: commit", step(lane -> lane.handle().commit()));
    calls.put("handle: rollback", step(lane -> lane.handle().rollback()));
    calls.put("handle: setSavepoint", step(lane -> lane.handle().setSavepoint()));
    calls.put("handle: setSavepoint a", step(lane -> lane.handle().setSavepoint("a")));
    calls.put("handle: setAutoCommit true", step(lane -> lane.handle().setAutoCommit(true)));
    calls.put("handle: setAutoCommit false", step(lane -> lane.handle().setAutoCommit(false)));
    calls.put("handle: getAutoCommit", lane -> lane.handle().getAutoCommit());
    calls.put("handle: isClosed", lane -> lane.handle().isClosed());
    calls.put("handle: execute", step(lane -> lane.execute("select 1")));
    calls.put(
        "handle: close, execute",
        step(
            lane -> {
              lane.handle().close();
              lane.execute("select 1");
            }));
    calls.put("another handle: getAutoCommit", lane -> lane.xa().getConnection().getAutoCommit());
    calls.put(
        "another handle, the first: execute",
        step(
            lane -> {
              lane.xa().getConnection();
              lane.execute("select 1");
            }));
    calls.put(
        "statement: getConnection",
        lane -> {
          try (Statement statement = lane.handle().createStatement()) {
            return statement.getConnection() == lane.handle();
          }
        });
    calls.put(
        "closed, getConnection",
        lane -> {
          lane.xa().close();
          return lane.xa().getConnection() != null;
        });
    return calls;
  }

  private static Xid xid(Lane lane, boolean first) {
    return first ? lane.first() : lane.second();
  }

  @Test
  @Tag("campaign")
  void branches_ofBothDrivers_areToldTheSame() throws Exception {
    try (BatonXADataSource dataSource = loggedIn(new BatonXADataSource());
        Lanes baton = new Lanes(dataSource);
        Lanes pgjdbc = new Lanes(loggedIn(new PGXADataSource()))) {
      for (Map.Entry<String, Deed> state : states().entrySet()) {
        for (Map.Entry<String, Step> call : calls().entrySet()) {
          boolean anew =
              state.getKey().equals("new") || call.getKey().matches(".*(close|another).*");
          comparison.add(
              state.getKey() + ": " + call.getKey(),
              pgjdbc.told(anew, state.getValue(), call.getValue()),
              baton.told(anew, state.getValue(), call.getValue()));
        }
      }
    }
    comparison.counted("`XAResource` and the handles of an `XAConnection`, in twelve states");

    comparison.assertAsTold();
  }

  /** The connections to one of the drivers: one that can be used again is. */
  private static final class Lanes implements AutoCloseable {

    private final XADataSource dataSource;
    private XAConnection open;

    Lanes(XADataSource dataSource) throws SQLException {
      this.dataSource = dataSource;
      this.open = dataSource.getXAConnection();
    }

    String told(boolean anew, Deed state, Step call) throws SQLException, XAException {
      Lane lane = Lane.of(open);
      state.on(lane);
      String told = told(lane, call);
      if (anew) {
        open.close();
        open = dataSource.getXAConnection();
      } else {
        lane.reset();
      }
      return told;
    }

    private static String told(Lane lane, Step call) {
      try {
        return String.valueOf(call.on(lane));
      } catch (XAException refused) {
        return "XAException " + refused.errorCode;
      } catch (SQLException refused) {
        return refused.getClass().getSimpleName() + " " + refused.getSQLState();
      }
    }

    @Override
    public void close() throws SQLException {
      open.close();
    }
  }
}
