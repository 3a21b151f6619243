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
int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, void *engine);
int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t count);
int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *digest, unsigned int *size);
int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, void **pctx, const EVP_MD *type, void *engine, EVP_PKEY *key);
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

--- The public keys in a PEM text: RSA from 2,048 bits, and P-256; a list of {key, algorithm}. Nil and what is wrong when there is none.
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
        if kind == RSA and bits(key) >= 2048 then
            keys[#keys + 1] = {key = key, algorithm = "RS256"}
        elseif kind == EC and bits(key) == 256 then
            keys[#keys + 1] = {key = key, algorithm = "ES256"}
        else
            return nil, "a public key in it is neither RSA from 2,048 bits nor P-256"
        end
    end
    if #keys == 0 then
        return nil, "it holds no public key"
    end
    return keys
end

-- The DER form of a number that a JOSE signature has as 32 bytes.
local function der_integer(bytes)
    bytes = string.gsub(bytes, "^%z+", "")
    if bytes == "" or string.byte(bytes, 1) >= 0x80 then
        bytes = "\0" .. bytes
    end
    return "\2" .. string.char(#bytes) .. bytes
end

--- Whether a JOSE signature over a text is that of a key.
function _M.verify(one, text, signature)
    if one.algorithm == "ES256" then
        if #signature ~= 64 then
            return false
        end
        local body = der_integer(string.sub(signature, 1, 32)) .. der_integer(string.sub(signature, 33))
        signature = "\48" .. string.char(#body) .. body
    end
    local ctx = context()
    local good = lib.EVP_DigestVerifyInit(ctx, nil, lib.EVP_sha256(), nil, one.key) == 1
        and lib.EVP_DigestVerify(ctx, signature, #signature, text, #text) == 1
    lib.ERR_clear_error()
    return good
end

return _M
