package io.baton.testkit.proxy;

/** A kind of message of PostgreSQL's protocol, version 3, in one of its two directions. */
public sealed interface Message {

  /** A message of the client. */
  enum Frontend implements Message {
    /** The first message of a connection, which has no type byte. */
    STARTUP('\0'),
    /** A password, or any other answer to a request for authentication. */
    PASSWORD('p'),
    QUERY('Q'),
    PARSE('P'),
    BIND('B'),
    DESCRIBE('D'),
    EXECUTE('E'),
    SYNC('S'),
    FLUSH('H'),
    CLOSE('C'),
    FUNCTION_CALL('F'),
    COPY_DATA('d'),
    COPY_DONE('c'),
    COPY_FAIL('f'),
    TERMINATE('X');

    private static final Frontend[] BY_CODE = new Frontend[128];

    static {
      for (Frontend message : values()) {
        BY_CODE[message.code] = message;
      }
    }

    private final char code;

    Frontend(char code) {
      this.code = code;
    }

    static Frontend of(byte code) {
      Frontend message = code > 0 ? BY_CODE[code] : null;
      if (message == null) {
        throw new ProtocolException("No message of a client has the type " + (char) code);
      }
      return message;
    }
  }

  /** A message of the server. */
  enum Backend implements Message {
    AUTHENTICATION('R'),
    NEGOTIATE_PROTOCOL_VERSION('v'),
    BACKEND_KEY_DATA('K'),
    PARAMETER_STATUS('S'),
    READY_FOR_QUERY('Z'),
    PARSE_COMPLETE('1'),
    BIND_COMPLETE('2'),
    CLOSE_COMPLETE('3'),
    PARAMETER_DESCRIPTION('t'),
    ROW_DESCRIPTION('T'),
    NO_DATA('n'),
    DATA_ROW('D'),
    COMMAND_COMPLETE('C'),
    EMPTY_QUERY_RESPONSE('I'),
    PORTAL_SUSPENDED('s'),
    ERROR_RESPONSE('E'),
    NOTICE_RESPONSE('N'),
    NOTIFICATION_RESPONSE('A'),
    FUNCTION_CALL_RESPONSE('V'),
    COPY_IN_RESPONSE('G'),
    COPY_OUT_RESPONSE('H'),
    COPY_BOTH_RESPONSE('W'),
    COPY_DATA('d'),
    COPY_DONE('c');

    private static final Backend[] BY_CODE = new Backend[128];

    static {
      for (Backend message : values()) {
        BY_CODE[message.code] = message;
      }
    }

    private final char code;

    Backend(char code) {
      this.code = code;
    }

    static Backend of(byte code) {
      Backend message = code > 0 ? BY_CODE[code] : null;
      if (message == null) {
        throw new ProtocolException("No message of a server has the type " + (char) code);
      }
      return message;
    }
  }
}
