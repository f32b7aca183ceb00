@NullMarked
package io.baton.testkit.proxy;

import org.jspecify.annotations.NullMarked;
