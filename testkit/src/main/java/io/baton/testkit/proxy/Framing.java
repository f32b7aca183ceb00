package io.baton.testkit.proxy;

import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where messages begin and end in the bytes of one direction, and what they are. Belongs to the
 * thread of that direction.
 */
abstract sealed class Framing {
  /** The length of a message is not known before more of it has arrived. */
  static final long UNKNOWN = -1;

  private static final int TYPE_AND_LENGTH = 5;

  final Conversation conversation;

  Framing(Conversation conversation) {
    this.conversation = conversation;
  }

  /** The length in bytes, all included, of the message at the start; or {@link #UNKNOWN}. */
  abstract long length(byte[] bytes, int start, int end);

  /** Understands a message of which all, or its beginning, is there; null if it is none to see. */
  abstract @Nullable MessageSeen see(byte[] bytes, int start, int end);

  static long typedLength(byte[] bytes, int start, int end) {
    return end - start < TYPE_AND_LENGTH ? UNKNOWN : 1 + checkedLength(bytes, start + 1);
  }

  static long checkedLength(byte[] bytes, int position) {
    int length = integer(bytes, position);
    if (length < 4) {
      throw new ProtocolException("No message has the length " + length);
    }
    return length;
  }

  static int integer(byte[] bytes, int position) {
    return ByteBuffer.wrap(bytes).getInt(position);
  }

  static Body typedBody(byte[] bytes, int start, int end) {
    return new Body(bytes, start + TYPE_AND_LENGTH, end);
  }

  /** Client to server: untyped messages until the one that starts the session, then typed ones. */
  static final class OfFrontend extends Framing {
    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_ENCRYPTION_REQUEST = 80877104;
    private static final int CANCEL_REQUEST = 80877102;
    private static final byte TLS_HANDSHAKE = 0x16;

    private boolean started;

    OfFrontend(Conversation conversation) {
      super(conversation);
    }

    @Override
    long length(byte[] bytes, int start, int end) {
      if (started) {
        return typedLength(bytes, start, end);
      }
      if (bytes[start] == TLS_HANDSHAKE) {
        throw new ProtocolException("TLS without a request for it");
      }
      return end - start < 4 ? UNKNOWN : checkedLength(bytes, start);
    }

    @Override
    @Nullable MessageSeen see(byte[] bytes, int start, int end) {
      if (started) {
        return conversation.fromClient(Frontend.of(bytes[start]), typedBody(bytes, start, end));
      }
      int code = end - start < 8 ? 0 : integer(bytes, start + 4);
      if (code == SSL_REQUEST || code == GSS_ENCRYPTION_REQUEST) {
        conversation.negotiationAsked();
        return null;
      }
      if (code == CANCEL_REQUEST) {
        return null;
      }
      started = true;
      return new MessageSeen(Frontend.STARTUP, "", "");
    }
  }

  /** Server to client: typed messages, but for the one-byte answers to requests for encryption. */
  static final class OfBackend extends Framing {
    OfBackend(Conversation conversation) {
      super(conversation);
    }

    @Override
    long length(byte[] bytes, int start, int end) {
      return conversation.awaitsNegotiation() ? 1 : typedLength(bytes, start, end);
    }

    @Override
    @Nullable MessageSeen see(byte[] bytes, int start, int end) {
      if (conversation.awaitsNegotiation()) {
        conversation.negotiationAnswered(bytes[start] != 'N');
        return null;
      }
      return conversation.fromServer(Backend.of(bytes[start]), typedBody(bytes, start, end));
    }
  }
}
