/** A small kit over the JDK's HTTP server with virtual threads, shared by the local engines. */
@NullMarked
package io.tricolor.localhttp;

import org.jspecify.annotations.NullMarked;
