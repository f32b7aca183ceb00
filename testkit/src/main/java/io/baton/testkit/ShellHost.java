package io.baton.testkit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A server in a place that can only be reached by running shell scripts there, such as a container.
 * Processes are looked up in {@code /proc}, since small images have no {@code ps}.
 */
final class ShellHost implements NodeHost {
  private static final String PROCESSES =
      """
      # state PID: one letter, empty if there is no such process
      state() {
        read -r line 2>/dev/null < "/proc/$1/stat" || return 0
        rest=${line##*) }
        echo "${rest%% *}"
      }
      # backends PID: the children of a postmaster
      backends() {
        for stat in /proc/[0-9]*/stat; do
          read -r line 2>/dev/null < "$stat" || continue
          rest=${line##*) }
          rest=${rest#* }
          if [ "${rest%% *}" = "$1" ]; then echo "${line%% *}"; fi
        done
      }
      # ends PID...: waits until none of them exists, but as a zombie
      ends() {
        for pid in "$@"; do
          while :; do
            case $(state "$pid") in Z|'') break;; esac
            sleep 0.01
          done
        done
      }
      """;

  private final Shell shell;
  private final String folder;
  private final String data;
  private final Address address;
  private final Address peerAddress;
  private volatile long postmaster;

  ShellHost(Shell shell, String folder, Address address, Address peerAddress) {
    this.shell = shell;
    this.folder = folder;
    this.data = folder + "/data";
    this.address = address;
    this.peerAddress = peerAddress;
  }

  @Override
  public Address address() {
    return address;
  }

  @Override
  public Address peerAddress() {
    return peerAddress;
  }

  @Override
  public String listenAddress() {
    return "*";
  }

  @Override
  public void initialize(String superuser, String password, List<String> statements) {
    require(
        """
        mkdir -p %1$s && cd %1$s || exit
        umask 077
        printf '%%s\\n' %2$s > password
        initdb --pgdata=%3$s --username=%4$s --pwfile=password --auth=scram-sha-256 \\
          --encoding=UTF8 --locale=C --wal-segsize=%6$d --no-sync --no-instructions 2>&1 || exit
        rm password
        postgres --single -D %3$s -F -c exit_on_error=on postgres 2>&1 <<'END OF STATEMENTS'
        %5$s
        END OF STATEMENTS
        """
            .formatted(
                Shell.quoted(folder),
                Shell.quoted(password),
                Shell.quoted(data),
                Shell.quoted(superuser),
                String.join("\n", statements),
                ServerConfiguration.WAL_SEGMENT_MEBIBYTES));
  }

  @Override
  public void copyDataFrom(NodeHost other) {
    // What vanishes while it is copied is not needed; what is needed is missed at the start.
    require(
        """
        rm -rf %1$s && mkdir -p -m 700 %1$s || exit
        cp -a %2$s/. %1$s 2>/dev/null
        cd %1$s || exit
        for emptied in %3$s; do rm -rf "$emptied"/*; done
        find . -name 'pgsql_tmp*' -prune -exec rm -rf {} +
        find . \\( %4$s \\) -exec rm -f {} +
        """
            .formatted(
                Shell.quoted(data),
                Shell.quoted(((ShellHost) other).data),
                String.join(" ", BackupContent.EMPTIED_FOLDERS),
                "-name " + String.join(" -o -name ", BackupContent.OMITTED_FILES)));
  }

  @Override
  public void write(String file, String content) {
    require("printf %s " + Shell.quoted(content) + " > " + path(file));
  }

  @Override
  public void delete(String file) {
    require("rm -f " + path(file));
  }

  @Override
  public String read(String file) {
    return shell.run("cat " + path(file) + " 2>/dev/null").output();
  }

  @Override
  public boolean exists(String file) {
    return shell.run("test -e " + path(file)).exitCode() == 0;
  }

  @Override
  public void launch() {
    String started =
        require(
            """
            cd %1$s || exit
            for name in $(env | sed -n 's/^\\(PG[A-Z]*\\)=.*/\\1/p'); do unset "$name"; done
            TZ=UTC setsid postgres -D %1$s >> %2$s 2>&1 < /dev/null &
            echo $!
            """
                .formatted(Shell.quoted(data), logFile()));
    postmaster = Long.parseLong(started.strip());
  }

  @Override
  public boolean isAlive() {
    return postmaster != 0
        && shell
                .run(PROCESSES + "case $(state %d) in Z|'') exit 1;; esac".formatted(postmaster))
                .exitCode()
            == 0;
  }

  @Override
  public void signal(Signal signal) {
    if (postmaster != 0) {
      shell.run("kill -%s %d".formatted(signal, postmaster));
    }
  }

  @Override
  public void signalAll(Signal signal) {
    if (postmaster != 0) {
      shell.run(
          PROCESSES + "kill -%1$s %2$d; kill -%1$s $(backends %2$d)".formatted(signal, postmaster));
    }
  }

  @Override
  public void kill() {
    if (!isAlive()) {
      return;
    }
    require(
        PROCESSES
            + """
              kill -STOP %1$d
              all="$(backends %1$d) %1$d"
              kill -KILL $all 2>/dev/null
              ends $all
              segment=$(sed -n '7s/.* //p' %2$s)
              ipcrm -m "$segment" 2>/dev/null || true
              """
                .formatted(postmaster, path("postmaster.pid")));
  }

  @Override
  public Optional<Path> dataFolder() {
    return Optional.empty();
  }

  @Override
  public String log() {
    return shell.run("cat " + logFile() + " 2>/dev/null").output();
  }

  @Override
  public void close() {
    kill();
    shell.run("rm -rf " + Shell.quoted(folder));
  }

  private String path(String file) {
    return Shell.quoted(data + "/" + file);
  }

  private String logFile() {
    return Shell.quoted(folder + "/server.log");
  }

  private String require(String script) {
    Shell.Result result = shell.run(script);
    if (result.exitCode() != 0) {
      throw new ClusterException("Failed in " + folder + ":\n" + result.output());
    }
    return result.output();
  }
}
