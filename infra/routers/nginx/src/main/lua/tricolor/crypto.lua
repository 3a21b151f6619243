--- SHA-256 and signatures by the libcrypto that nginx has loaded.

local ffi = require "ffi"

ffi.cdef [[
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_md_st EVP_MD;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct bio_st BIO;
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
const EVP_MD *EVP_sha256(void);
const EVP_MD *EVP_sha384(void);
const EVP_MD *EVP_sha512(void);
int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, void *engine);
int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t count);
int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *digest, unsigned int *size);
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
int EVP_PKEY_CTX_ctrl_str(EVP_PKEY_CTX *ctx, const char *type, const char *value);
int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *type, void *engine, EVP_PKEY *key);
int EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *signature, size_t signature_length,
    const unsigned char *data, size_t data_length);
BIO *BIO_new_mem_buf(const void *buffer, int length);
int BIO_free(BIO *bio);
EVP_PKEY *PEM_read_bio_PUBKEY(BIO *bio, EVP_PKEY **key, void *callback, void *data);
void EVP_PKEY_free(EVP_PKEY *key);
int EVP_PKEY_get_base_id(const EVP_PKEY *key);
int EVP_PKEY_base_id(const EVP_PKEY *key);
int EVP_PKEY_get_bits(const EVP_PKEY *key);
int EVP_PKEY_bits(const EVP_PKEY *key);
void ERR_clear_error(void);
]]

local _M = {}

local RSA, EC = 6, 408

-- By the name of a JOSE algorithm. A signature of an elliptic curve is two numbers of so many bytes.
local ALGORITHMS = {
    RS256 = {kind = "RSA", hash = "EVP_sha256"},
    RS384 = {kind = "RSA", hash = "EVP_sha384"},
    RS512 = {kind = "RSA", hash = "EVP_sha512"},
    PS256 = {kind = "RSA", hash = "EVP_sha256", pss = true},
    PS384 = {kind = "RSA", hash = "EVP_sha384", pss = true},
    PS512 = {kind = "RSA", hash = "EVP_sha512", pss = true},
    ES256 = {kind = "EC256", hash = "EVP_sha256", size = 32},
    ES384 = {kind = "EC384", hash = "EVP_sha384", size = 48},
    ES512 = {kind = "EC521", hash = "EVP_sha512", size = 66}
}
local CURVES = {[256] = "EC256", [384] = "EC384", [521] = "EC521"}

-- The symbols of the process when nginx was linked so, else those of the library itself.
local lib = ffi.C
if not pcall(function() return lib.EVP_MD_CTX_new end) then
    for _, name in ipairs {"libcrypto.so.3", "libcrypto.so.1.1", "crypto"} do
        local ok, loaded = pcall(ffi.load, name)
        if ok then
            lib = loaded
            break
        end
    end
end

local function either(new_name, old_name)
    local ok, found = pcall(function() return lib[new_name] end)
    return ok and found or lib[old_name]
end

local base_id = either("EVP_PKEY_get_base_id", "EVP_PKEY_base_id")
local bits = either("EVP_PKEY_get_bits", "EVP_PKEY_bits")

local function context()
    return ffi.gc(lib.EVP_MD_CTX_new(), lib.EVP_MD_CTX_free)
end

--- A digest that is fed in parts.
function _M.sha256()
    local ctx = context()
    lib.EVP_DigestInit_ex(ctx, lib.EVP_sha256(), nil)
    return {
        update = function(data)
            lib.EVP_DigestUpdate(ctx, data, #data)
        end,
        hex = function()
            local digest = ffi.new("unsigned char[32]")
            lib.EVP_DigestFinal_ex(ctx, digest, nil)
            return (string.gsub(ffi.string(digest, 32), ".", function(c)
                return string.format("%02x", string.byte(c))
            end))
        end
    }
end

--- The digest of a text, in lower-case hex.
function _M.digest(text)
    local sha256 = _M.sha256()
    sha256.update(text)
    return sha256.hex()
end

--- Whether there is an algorithm of that name.
function _M.is_algorithm(name)
    return ALGORITHMS[name] ~= nil
end

--- Whether a key is for an algorithm: of its kind, and of no other by its own word.
function _M.fits(one, algorithm)
    local known = ALGORITHMS[algorithm]
    return known ~= nil and known.kind == one.kind and (one.algorithm == nil or one.algorithm == algorithm)
end

--- The public keys in a PEM text: RSA from 2,048 bits, P-256, P-384 and P-521; a list of {key, kind}. Nil and what is wrong when there is
-- none.
function _M.public_keys(pem)
    local keys = {}
    for block in string.gmatch(pem, "%-%-%-%-%-BEGIN PUBLIC KEY%-%-%-%-%-.-%-%-%-%-%-END PUBLIC KEY%-%-%-%-%-") do
        block = block .. "\n"
        local bio = lib.BIO_new_mem_buf(block, #block)
        local key = lib.PEM_read_bio_PUBKEY(bio, nil, nil, nil)
        lib.BIO_free(bio)
        if key == nil then
            lib.ERR_clear_error()
            return nil, "a public key in it cannot be read"
        end
        key = ffi.gc(key, lib.EVP_PKEY_free)
        local kind = base_id(key)
        local name = kind == RSA and bits(key) >= 2048 and "RSA" or kind == EC and CURVES[bits(key)]
        if not name then
            return nil, "a public key in it is neither RSA from 2,048 bits nor P-256, P-384 or P-521"
        end
        keys[#keys + 1] = {key = key, kind = name}
    end
    if #keys == 0 then
        return nil, "it holds no public key"
    end
    return keys
end

-- The DER form of a number that a JOSE signature has in full length.
local function der_integer(bytes)
    bytes = string.gsub(bytes, "^%z+", "")
    if bytes == "" or string.byte(bytes, 1) >= 0x80 then
        bytes = "\0" .. bytes
    end
    return "\2" .. string.char(#bytes) .. bytes
end

local pkey_ctx = ffi.new("EVP_PKEY_CTX *[1]")

--- Whether a JOSE signature over a text is that of a key that fits the algorithm.
function _M.verify(one, algorithm, text, signature)
    local how = ALGORITHMS[algorithm]
    if how.size then
        if #signature ~= 2 * how.size then
            return false
        end
        local body = der_integer(string.sub(signature, 1, how.size)) .. der_integer(string.sub(signature, how.size + 1))
        signature = "\48" .. (#body < 128 and "" or "\129") .. string.char(#body) .. body
    end
    local ctx = context()
    local good = lib.EVP_DigestVerifyInit(ctx, pkey_ctx, lib[how.hash](), nil, one.key) == 1
    if good and how.pss then
        -- The salt is as long as the digest (RFC 7518, section 3.5).
        good = lib.EVP_PKEY_CTX_ctrl_str(pkey_ctx[0], "rsa_padding_mode", "pss") == 1
            and lib.EVP_PKEY_CTX_ctrl_str(pkey_ctx[0], "rsa_pss_saltlen", "digest") == 1
    end
    good = good and lib.EVP_DigestVerify(ctx, signature, #signature, text, #text) == 1
    lib.ERR_clear_error()
    return good
end

return _M
